import { ask, type Connection } from './client';
import { MioHubError } from './errors';
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

export function isOver(call: Call): boolean {
  return OVER.has(call.status);
}

/** Start a call, once, however often it takes. Throws MioHubError. */
export async function start(connection: Connection, wanted: object, { key, repeats }: Identity): Promise<Call> {
  const attempt = () =>
    ask<Call>(connection, '/calls', { method: 'POST', body: wanted, idempotencyKey: key, seconds: ANSWER_SECONDS });
  for (const pause of PAUSES) {
    try {
      return await attempt();
    } catch (error) {
      await pauseAfter(error, pause);
    }
  }
  return attempt().catch((error: unknown) => {
    throw isUnanswered(error) ? inDoubt(repeats) : error;
  });
}

/** Wait before the next try. Throws the error if there must be none, or not so soon. */
async function pauseAfter(error: unknown, pause: number): Promise<void> {
  if (!(error instanceof MioHubError) || !(error.kind === 'later' || error.kind === 'unknown')) throw clearer(error);
  const seconds = Math.max(pause, error.retryAfter ?? 0);
  if (seconds > LONGEST_PAUSE) throw error;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

function isUnanswered(error: unknown): boolean {
  return error instanceof MioHubError && error.kind === 'unknown';
}

function inDoubt(repeats: boolean): MioHubError {
  return repeats
    ? new MioHubError('later', 'Mio Hub did not answer. Retry this step: if the call was started, it is not started again.')
    : new MioHubError('unknown', 'Mio Hub did not answer, and the call may have been started. Look with List Calls before you start it again.');
}

function clearer(error: unknown): unknown {
  if (!(error instanceof MioHubError) || error.code !== 'idempotency_conflict') return error;
  const message = 'A call with this Deduplication Key was already started with other inputs or by another run. Nobody was called again.';
  return new MioHubError('refused', message, { code: error.code, field: 'idempotencyKey' });
}

export function getCall(connection: Connection, id: string, wait?: number): Promise<Call> {
  const path = `/calls/${encodeURIComponent(id)}`;
  return ask<Call>(connection, path, { query: { wait }, seconds: ANSWER_SECONDS + (wait ?? 0) });
}

export async function listCalls(connection: Connection, query: Record<string, unknown>): Promise<Call[]> {
  return (await ask<{ data: Call[] }>(connection, '/calls', { query })).data;
}
