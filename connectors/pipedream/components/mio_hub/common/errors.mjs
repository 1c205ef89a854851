import { ConfigurationError } from "@pipedream/platform";

const LATER = new Set([
  429,
  503,
]);
const QUIET = new Set([
  "do_not_call",
  "call_active",
]);
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** Told before anything is sent. */
const NO_TRUST = /^(CERT_|DEPTH_ZERO_|ERR_SSL|ERR_TLS|SELF_SIGNED_|UNABLE_TO_)/;

/**
 * What became of a request, told by the error's `kind`:
 * - auth: the key is not valid
 * - refused: a person must change something
 * - halted: the call must not be made, and it is nobody's fault
 * - later: it was not carried out, or may be repeated without doing anything twice
 * - unknown: nobody knows whether it was carried out
 *
 * What a person must change is Pipedream's ConfigurationError; the rest is a plain Error.
 * @typedef {"auth" | "refused" | "halted" | "later" | "unknown"} Kind
 */

/**
 * @param {Kind} kind
 * @param {string} message  a sentence that a person can act on
 * @param {{code?: string, field?: string, retryAfter?: number}} [details]
 *   the hub's stable code; the input to blame; after how many seconds to try again
 * @returns {Error}
 */
export function failure(kind, message, details) {
  const isForPerson = kind === "auth" || kind === "refused";
  const error = isForPerson
    ? new ConfigurationError(message)
    : new Error(message);
  return Object.assign(error, {
    kind,
    ...details,
  });
}

/** The error for an answer that is none of success. */
export function refusal({
  status, data, headers,
}) {
  const message = typeof data?.error === "string"
    ? data.error
    : `Mio Hub answered with status ${status}.`;
  const retryAfter = headers["retry-after"];
  return failure(kindOf(status, data?.code), message, {
    code: data?.code,
    field: data?.field,
    retryAfter: /^\d+$/.test(retryAfter)
      ? Number(retryAfter)
      : undefined,
  });
}

/** The error for a request that has no answer. */
export function unanswered({ code }) {
  if (NEVER_SENT.has(code)) return failure("later", "Mio Hub cannot be reached at the moment.");
  if (NO_TRUST.test(code)) return failure("refused", `The certificate at the base URL is not trusted (${code}).`);
  return failure("unknown", "Mio Hub did not answer in time.");
}

function kindOf(status, code) {
  if (status === 401) return "auth";
  if (QUIET.has(code)) return "halted";
  if (LATER.has(status) || code === "idempotency_in_progress") return "later";
  // One of 500 and above may have been given by a proxy, when the hub was at work already.
  return status >= 500
    ? "unknown"
    : "refused";
}
