import {
  isOver, start, told,
} from "./calls.mjs";
import { failure } from "./errors.mjs";
import {
  identityOf, isTest,
} from "./identity.mjs";

/** In seconds. */
const LONGEST_WAIT = 3600;
/** How much later than the hub's own deadline we stop to wait for its word, which it repeats if it gets lost. */
const GRACE = 600;
/** How long a step can watch a call that cannot be suspended; a step has 30 seconds unless a person gave it more. */
const WATCH = 20;

/** Start the call and wait for its result, as well as it can be done where we run. */
export async function startAndWait(component, {
  idempotencyKey, callbackDeadlineSeconds = LONGEST_WAIT, ...wanted
}, steps, $) {
  const identity = identityOf(wanted, idempotencyKey, steps, $);
  return canSuspend($)
    ? suspended(component, $, wanted, callbackDeadlineSeconds, identity)
    : watched(component, $, wanted, Math.min(callbackDeadlineSeconds, WATCH), identity);
}

/** In Pipedream Connect nothing can be suspended, and the builder cancels what would be. */
function canSuspend($) {
  return Boolean($.context?.run && $.flow?.rerun) && !isTest($);
}

/** Start the call and leave; the hub's word runs the step again. What it gives is shown meanwhile. */
async function suspended(component, $, wanted, seconds, identity) {
  const waitsFor = wanted.phoneNumber;
  const { resume_url: callbackUrl } = $.flow.rerun((seconds + GRACE) * 1000, {
    waitsFor,
  }, 1);
  const call = await start(component.mioHub, $, {
    ...wanted,
    callbackUrl,
    callbackDeadlineSeconds: seconds,
  }, identity);
  $.export("$summary", `Started the call to ${told(call)}. Waiting for its result.`);
  return call;
}

/** Start the call and look after it for a moment. */
async function watched(component, $, wanted, seconds, identity) {
  const started = await start(component.mioHub, $, wanted, identity);
  const call = isOver(started)
    ? started
    : await component.mioHub.getCall({
      $,
      callId: started.id,
      wait: seconds,
    }).catch((error) => {
      throw failure("unknown", `The call ${started.id} was started, but not heard of again. Look it up with Get Call. ${error.message}`);
    });
  return result($, call, !isOver(call));
}

/**
 * The result when the step is run again, or undefined when it is run for the first time.
 * Throws when no word of the hub's has come.
 */
export function resumed($) {
  const run = $.context?.run;
  const waitsFor = run?.context?.waitsFor;
  if (!waitsFor) return undefined;
  const event = eventOf(run.callback_request);
  if (!event) throw failure("unknown", "No result has come in time. The call may have been made: Find Latest Call With a Number gives it.");
  if (event.call.toNumber !== waitsFor) throw failure("unknown", "What came is the result of another call.");
  return result($, event.call, event.event === "call.deadline");
}

function eventOf(request) {
  const body = typeof request?.body === "string"
    ? parsed(request.body)
    : request?.body;
  return body?.call?.id && body;
}

/** Whoever knows the address can call it, with anything. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function result($, call, timedOut) {
  $.export("$summary", timedOut
    ? `The call to ${told(call)}. It has not ended yet.`
    : `The call to ${told(call)}.`);
  return {
    ...call,
    timedOut,
  };
}
