import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { errors } from 'zapier-platform-core';

import { breakdown, tryAgain, Unanswered } from './refusals.js';

/** @import { HttpResponse, ZObject } from 'zapier-platform-core' */
/** @import { Identity, Request } from './types.js' */

const PAUSE_MILLISECONDS = 500;

/**
 * One request, by the middleware of this app. Throws what Zapier knows, or Unanswered.
 *
 * @param {ZObject} z
 * @param {Request} request
 * @returns {Promise<HttpResponse>}
 */
async function once(z, request) {
  try {
    return await z.request(request);
  } catch (error) {
    throw breakdown(/** @type {Error} */ (error));
  }
}

/**
 * A request that may be repeated without harm. Gives the response; without an answer, Zapier tries again.
 *
 * @param {ZObject} z
 * @param {Request} request
 */
export async function ask(z, request) {
  try {
    return await once(z, request);
  } catch (error) {
    throw error instanceof Unanswered ? tryAgain(error.message) : error;
  }
}

/**
 * A request that must be carried out once, by its Idempotency-Key: without an answer it is sent a second time under the
 * same key. When that tells nothing either, Zapier tries again if it would do so under the same key, and stops if not:
 * it would ring the same person twice.
 *
 * @param {ZObject} z
 * @param {Request} request
 * @param {Identity} [identity]
 */
export async function carryOut(z, request, { key = String(randomUUID()), sameAgain = false } = {}) {
  const keyed = { ...request, headers: { ...request.headers, 'Idempotency-Key': key } };
  try {
    return await once(z, keyed);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
  }
  await pause(PAUSE_MILLISECONDS);
  try {
    return await once(z, keyed);
  } catch (error) {
    if (!(error instanceof Unanswered || error instanceof errors.ThrottledError)) throw error;
    if (sameAgain) throw tryAgain('Mio Hub did not answer.');
    throw new errors.HaltedError(
      'Mio Hub did not answer, twice. It is not known whether this was carried out, so it is not tried again: look at your calls first.',
    );
  }
}

/**
 * JSON in which no text of a person's is taken for a placeholder of Zapier's ("{{bundle.…}}").
 *
 * @param {unknown} value
 */
export const json = (value) => ({
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(value).replaceAll('{{', '{\\u007b'),
});
