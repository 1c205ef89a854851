/**
 * What became of a request.
 * - auth: the key is not valid
 * - refused: a person must change something, or the call must not be made; repeating it as it is would be wrong
 * - later: it was not carried out, or may be repeated without doing anything twice
 * - unknown: nobody knows whether it was carried out
 */
export type Kind = 'auth' | 'refused' | 'later' | 'unknown';

interface Details {
  /** The hub's stable code. */
  code?: string;
  /** The input that is to blame. */
  field?: string;
  /** After how many seconds to try again. */
  retryAfter?: number;
}

/** What every step throws; its message is a sentence that a person can act on. */
export class MioHubError extends Error {
  override readonly name = 'MioHubError';
  readonly code: string | undefined;
  readonly field: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(readonly kind: Kind, message: string, { code, field, retryAfter }: Details = {}) {
    super(message);
    this.code = code;
    this.field = field;
    this.retryAfter = retryAfter;
  }
}

const LATER = new Set([429, 503]);
const LATER_CODES = new Set(['idempotency_in_progress']);
const OTHERS_FAULT = 500;

/** The error for an answer that is none of success; one of 500 and above may have been given by a proxy. */
export function refusal(status: number, body: unknown, retryAfter: string | null): MioHubError {
  const told = isRecord(body) ? body : {};
  const message = typeof told['error'] === 'string' ? told['error'] : `Mio Hub answered with status ${String(status)}.`;
  return new MioHubError(kindOf(status, told['code']), message, {
    code: asText(told['code']),
    field: asText(told['field']),
    retryAfter: retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined,
  });
}

function kindOf(status: number, code: unknown): Kind {
  if (status === 401) return 'auth';
  if (LATER.has(status) || (typeof code === 'string' && LATER_CODES.has(code))) return 'later';
  return status >= OTHERS_FAULT ? 'unknown' : 'refused';
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
