import { ask, type Connection } from './client';
import { MioHubError, type Kind } from './errors';
import type { Identity } from './identity';

/** A call, as the API has it; the fields that we look at. */
export interface Call {
  id: string;
  status: string;
  toNumber: string;
  [field: string]: unknown;
}

const OVER = new Set(['completed', 'no-answer', 'busy', 'failed', 'canceled']);
const ANSWER_SECONDS = 20;
/** Seconds before each further try of what may be repeated; longer is for whoever started the flow. */
const PAUSES = [0.5, 2, 5];
const LONGEST_PAUSE = 5;
const REPEATED = new Set<Kind>(['later', 'unknown']);
const SILENCE = 'Mio Hub did not answer';

export function isOver(call: Call): boolean {
  return OVER.has(call.status);
}

/** Start a call, once, however often it takes. Throws MioHubError. */
export async function start(connection: Connection, wanted: object, { key, repeats }: Identity): Promise<Call> {
  const request = { method: 'POST', body: wanted, idempotencyKey: key, seconds: ANSWER_SECONDS, has: 'id' } as const;
  let isLost = false;
  const attempt = () =>
    ask<Call>(connection, '/calls', request).catch((error: unknown) => {
      isLost ||= error instanceof MioHubError && error.kind === 'unknown';
      throw error;
    });
  try {
    return await persistently(attempt);
  } catch (error) {
    throw explained(error, repeats, isLost);
  }
}

/** Again, after a pause, what may be repeated: it was not carried out, or has a key that makes it the same request. */
export async function persistently<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
  for (const pause of PAUSES) {
    try {
      return await attempt();
    } catch (error) {
      await pauseAfter(error, pause);
    }
  }
  return attempt();
}

/** Throws the error if there must be no other try, or none so soon. */
async function pauseAfter(error: unknown, pause: number): Promise<void> {
  if (!(error instanceof MioHubError) || !REPEATED.has(error.kind)) throw error;
  const seconds = Math.max(pause, error.retryAfter ?? 0);
  if (seconds > LONGEST_PAUSE) throw error;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** `isLost`: whether an answer got lost before this error. Then a new key, as the next run would bring, is not safe. */
function explained(error: unknown, repeats: boolean, isLost: boolean): unknown {
  if (!(error instanceof MioHubError)) return error;
  if (error.kind === 'unknown' || (isLost && !repeats && !tellsOfKey(error))) return inDoubt(repeats);
  return error.code === 'idempotency_conflict' ? conflict(error.code) : error;
}

/** Whether the hub has looked at the key before it refused: not where it, or what stands before it, let nothing in. */
function tellsOfKey({ kind, code }: MioHubError): boolean {
  return kind === 'refused' && code !== undefined;
}

function inDoubt(repeats: boolean): MioHubError {
  return repeats
    ? new MioHubError('later', `${SILENCE}. Retry this step: if the call was started, it is not started again.`)
    : new MioHubError('unknown', `${SILENCE}, and the call may have been started. Look with List Calls before a new try.`);
}

function conflict(code: string): MioHubError {
  const message =
    'A call with this Deduplication Key was already started with other inputs or by another run. Nobody was called again.';
  return new MioHubError('refused', message, { code, field: 'idempotencyKey' });
}

export function getCall(connection: Connection, id: string, wait?: number): Promise<Call> {
  const path = `/calls/${encodeURIComponent(id)}`;
  return ask<Call>(connection, path, { query: { wait }, seconds: ANSWER_SECONDS + (wait ?? 0), has: 'id' });
}

export async function listCalls(connection: Connection, query: Record<string, unknown>): Promise<Call[]> {
  return (await ask<{ data: Call[] }>(connection, '/calls', { query, has: 'data' })).data;
}
