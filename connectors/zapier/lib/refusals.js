import { errors } from 'zapier-platform-core';

const TRY_AGAIN_SECONDS = 60;
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EPROTO']);
const NO_TRUST = /^(CERT_|DEPTH_ZERO_|ERR_SSL|ERR_TLS|SELF_SIGNED_|UNABLE_TO_)/; // told before anything is sent

/** No answer came that says whether the request was carried out. */
export class Unanswered extends Error {}

/** Zapier tries the step again by itself, after so many seconds. @param {string} sentence */
export const tryAgain = (sentence, seconds = TRY_AGAIN_SECONDS) => new errors.ThrottledError(sentence, seconds);

/**
 * What an answer means to Zapier: the error to throw, or undefined when the request was carried out.
 *
 * @param {{status: number, data?: any, retryAfter?: number}} answer
 *   `retryAfter` in seconds
 */
export function refusal({ status, data, retryAfter }) {
  if (status < 300 && isObject(data)) return undefined;
  const { error, code } = typeof data?.error === 'string' ? data : { error: unlikeTheHub(status) };
  if (status === 401) return new errors.ExpiredAuthError(error);
  if (status === 429 || status === 503) return tryAgain(error, retryAfter);
  if (status >= 500 || code === 'idempotency_in_progress') return new Unanswered(error);
  // Nothing is wrong with the Zap, and a later try would be wrong: the number is on the do-not-call list, its call is
  // under way or over, or the deduplication key was used before.
  if (status === 409 || code === 'do_not_call') return new errors.HaltedError(error);
  return new errors.Error(error, code, status);
}

/**
 * What it means that a request got no answer.
 *
 * @param {Error & {code?: string}} error  of the network; another is given back as it is
 */
export function breakdown(error) {
  if (error.name !== 'FetchError') return error;
  const sentence = `Mio Hub cannot be reached: ${error.message}`;
  const code = error.code ?? '';
  const unsent = NEVER_SENT.has(code) || NO_TRUST.test(code);
  return unsent ? tryAgain(sentence) : new Unanswered(sentence);
}

/** For an answer that the hub would not give, although it was carried out and is JSON. */
export const notTheHub = () => new errors.Error(unlikeTheHub(200), 'no_hub', 400);

/** @param {unknown} data */
const isObject = (data) => typeof data === 'object' && data !== null && !Array.isArray(data);

/** @param {number} status */
function unlikeTheHub(status) {
  return status < 500
    ? `What answered is not Mio Hub (status ${status}). Check the base URL of this connection.`
    : `Mio Hub could not answer (status ${status}).`;
}
