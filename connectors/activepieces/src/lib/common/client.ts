import { apiAddress } from './address';
import { isEmpty } from './checking';
import { isRecord, MioHubError, refusal } from './errors';

/** The key of a person, and where the hub is that they host themselves. */
export interface Connection {
  apiKey: string;
  baseUrl?: string | undefined;
}

export type Query = Record<string, unknown>;

export interface Wanted {
  method?: 'GET' | 'POST' | 'DELETE';
  query?: Query;
  body?: unknown;
  /** The same key and body again is the same request: it is carried out once. */
  idempotencyKey?: string;
  /** The longest wait for an answer, in seconds. */
  seconds?: number;
  /** A field without which an answer is not the hub's. */
  has?: string;
}

/** How the piece tells the hub who speaks. */
export const CLIENT = 'mio-hub-activepieces/0.1.0';

const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Told before anything is sent. */
const NO_TRUST = /^(CERT_|DEPTH_ZERO_|ERR_SSL|ERR_TLS|SELF_SIGNED_|UNABLE_TO_)/;

/** What the API answers. Throws MioHubError. `path` begins below /api/v1. */
export async function ask<Answer>(connection: Connection, path: string, wanted: Wanted = {}): Promise<Answer> {
  const response = await sent(connection, path, wanted);
  const text = await response.text().catch(unanswered);
  const body = asJson(text);
  if (!response.ok) throw refusal(response.status, body, response.headers.get('retry-after'));
  if (!isRecord(body) || (wanted.has !== undefined && !(wanted.has in body))) {
    throw new MioHubError('unknown', 'What answered is not Mio Hub. Check the Base URL.');
  }
  return body as Answer;
}

async function sent(connection: Connection, path: string, wanted: Wanted): Promise<Response> {
  const url = `${apiAddress(connection.baseUrl)}${path}${queryOf(wanted.query ?? {})}`;
  const { method = 'GET', body, idempotencyKey, seconds = 20 } = wanted;
  // Every request by pieces-common, of whichever piece, switches the check of certificates off for the whole process.
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '1';
  return fetch(url, {
    method,
    headers: {
      'X-API-Key': keyOf(connection),
      'User-Agent': CLIENT,
      Accept: 'application/json',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    redirect: 'manual', // the key goes nowhere else
    signal: AbortSignal.timeout(seconds * 1000),
  }).catch(unanswered);
}

/** What can stand in a header; all else is no key of ours. Throws MioHubError. */
export function keyOf({ apiKey }: Connection): string {
  const key = apiKey.trim();
  if (!/^[\x21-\x7e]+$/.test(key)) throw new MioHubError('auth', 'The API key is not valid.', { field: 'apiKey' });
  return key;
}

/** What was left out stays out; several values stand with commas between them. */
function queryOf(given: Query): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    if (!isEmpty(value)) query.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  return query.size ? `?${query.toString()}` : '';
}

function unanswered(error: unknown): never {
  const code = codeOf(error);
  if (NEVER_SENT.has(code)) throw new MioHubError('later', 'Mio Hub cannot be reached at the moment.');
  if (NO_TRUST.test(code)) throw new MioHubError('refused', `The certificate at the Base URL is not trusted (${code}).`, { code });
  throw new MioHubError('unknown', 'Mio Hub did not answer in time.');
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : '';
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
