import { createAction, type ActionContext } from '@activepieces/pieces-framework';
import { ExecutionType } from '@activepieces/shared';
import { mioHubAuth } from '../auth';
import { getCall, isOver, persistently, start, type Call } from '../common/calls';
import { checked } from '../common/checking';
import { MioHubError } from '../common/errors';
import { asEvent } from '../common/event';
import { identityOf, inFlow, type Place } from '../common/identity';
import type { Connection } from '../common/client';
import * as words from '../generated/actions';
import * as checks from '../generated/checks';

/** In seconds. */
const LONGEST_WAIT = 3600;
/** How much later than the hub's own deadline we stop to wait for its word, which it repeats if it gets lost. */
const GRACE = 600;
/** How long we can wait outside of a flow, where nothing can wake us. */
const LONGEST_WATCH = 240;
const LONG_POLL = 25;
/** A hub with too many who wait answers at once: it is asked again no sooner than after so many milliseconds. */
const PACE = 1000;

type Result = Call & { timedOut: boolean };
/** What a step notes of the call that it waits for: its id, the waitpoint, and the key of what was wanted. */
interface Note {
  call: string;
  waitpoint: string;
  wanted: string;
}
type Context = ActionContext<typeof mioHubAuth, typeof words.startCallAndWait.props>;

export const startCallAndWait = createAction({
  auth: mioHubAuth,
  ...words.startCallAndWait,
  run: async (context) => {
    if (context.executionType === ExecutionType.RESUME) return resumed(context, context.resumePayload.body);
    return inFlow(context.run) ? parked(context) : watched(context);
  },
  test: (context) => watched(context),
});

/** Start the call and leave; the hub's word wakes us. What it gives is shown while the flow waits. */
async function parked(context: Context): Promise<Call | Result> {
  const { idempotencyKey, callbackDeadlineSeconds, ...given } = checked(checks.startCallAndWait, context.propsValue);
  const seconds = secondsOf(callbackDeadlineSeconds);
  const resumeDateTime = new Date(Date.now() + (seconds + GRACE) * 1000).toISOString();
  // While it is not used up the waitpoint stays the same: for a repeated try, not for the next turn of a loop.
  const waitpoint = await context.run.createWaitpoint({ type: 'WEBHOOK', resumeDateTime });
  const { key } = identityOf(context, given, idempotencyKey);
  const left = await context.store.get<Note>(placeOf(context));
  if (left && left.wanted === key && left.waitpoint !== waitpoint.id) return settled(context, left.call, undefined);
  const wanted = { ...given, callbackUrl: waitpoint.resumeUrl, callbackDeadlineSeconds: seconds };
  const call = await start(context.auth.props, wanted, identityOf(context, given, idempotencyKey, waitpoint.id));
  await context.store.put<Note>(placeOf(context), { call: call.id, waitpoint: waitpoint.id, wanted: key });
  context.run.waitForWaitpoint(waitpoint.id);
  return call;
}

async function resumed(context: Context, body: unknown): Promise<Result> {
  const note = await context.store.get<Note>(placeOf(context));
  if (!note) throw new MioHubError('refused', 'It is not known any more for which call this step has waited.');
  return settled(context, note.call, body);
}

/** The result of a call for which this step waits, or waited in a try that failed: then nobody is called again. */
async function settled(context: Context, id: string, body: unknown): Promise<Result> {
  const result = await resultOf(context.auth.props, id, body);
  await context.store.delete(placeOf(context));
  return result;
}

/** The result of a call: from the hub's word, or asked for if that has not come or is about another call. */
async function resultOf(connection: Connection, id: string, body: unknown): Promise<Result> {
  const event = asEvent(body);
  if (event?.call.id === id) return { ...event.call, timedOut: event.event === 'call.deadline' };
  const call = await persistently(() => getCall(connection, id));
  if (isOver(call)) return { ...call, timedOut: false };
  throw new MioHubError('unknown', `Mio Hub has not told how the call ${id} ended. Look it up with Get Call.`);
}

/** Start the call and ask for its end, where no flow can be parked: while a step is tested, and in the hands of an agent. */
async function watched(context: Context): Promise<Result> {
  const { idempotencyKey, callbackDeadlineSeconds, ...wanted } = checked(checks.startCallAndWait, context.propsValue);
  const connection = context.auth.props;
  const call = await start(connection, wanted, identityOf(context, wanted, idempotencyKey));
  return watch(connection, call, Math.min(secondsOf(callbackDeadlineSeconds), LONGEST_WATCH)).catch((error: unknown) => {
    if (!(error instanceof MioHubError)) throw error;
    const message = `The call ${call.id} was started, but not heard of again. Look it up with Get Call. ${error.message}`;
    throw new MioHubError('unknown', message);
  });
}

async function watch(connection: Connection, started: Call, seconds: number): Promise<Result> {
  const end = Date.now() + seconds * 1000;
  let call = started;
  while (!isOver(call) && Date.now() < end) {
    const wait = Math.max(1, Math.min(LONG_POLL, Math.round((end - Date.now()) / 1000)));
    const next = Math.min(end, Date.now() + PACE);
    call = await persistently(() => getCall(connection, started.id, wait));
    if (!isOver(call)) await new Promise((resolve) => setTimeout(resolve, next - Date.now()));
  }
  return { ...call, timedOut: !isOver(call) };
}

function secondsOf(given: unknown): number {
  return typeof given === 'number' ? given : LONGEST_WAIT;
}

/** Where a step notes which call it waits for; each run of a flow has its own. */
function placeOf({ run, step }: Place): string {
  return `mio-hub-call:${run.id}:${step.name}`;
}
