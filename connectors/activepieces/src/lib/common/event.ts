import type { Call } from './calls';
import { isRecord } from './errors';

/** What the hub sends; the fields that we look at. */
export interface CallEvent {
  id: string;
  event: string;
  call: Call;
  /** Whether it is a sample. */
  test?: boolean;
}

/** The body of a request as an event of the hub's, if it is one. */
export function asEvent(body: unknown): CallEvent | undefined {
  if (!isRecord(body) || typeof body['event'] !== 'string' || typeof body['id'] !== 'string') return undefined;
  const call = body['call'];
  return isRecord(call) && typeof call['id'] === 'string' ? (body as unknown as CallEvent) : undefined;
}
