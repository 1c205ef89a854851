// What the actions do. Each takes the component with its inputs, what the steps before have
// exported (where Pipedream gives it), and $.

import {
  start, told,
} from "./calls.mjs";
import { checked } from "./checking.mjs";
import { failure } from "./errors.mjs";
import * as checks from "./generated/checks.mjs";
import { identityOf } from "./identity.mjs";
import {
  resumed, startAndWait,
} from "./waiting.mjs";

const MOST = 100;

export function startCall(component, steps, $) {
  return started(component, steps, $, checks.startCall);
}

export function scheduleCall(component, steps, $) {
  return started(component, steps, $, checks.scheduleCall);
}

export async function startCallAndWait(component, steps, $) {
  return resumed($) ?? quietly($, () => {
    const inputs = checked(checks.startCallAndWait, component);
    return startAndWait(component, inputs, steps, $);
  });
}

export async function cancelCall(component, steps, $) {
  const { callId } = checked(checks.cancelCall, component);
  const call = await component.mioHub.cancelCall({
    $,
    callId,
  });
  $.export("$summary", `The call to ${told(call)}.`);
  return call;
}

export async function getCall(component, steps, $) {
  const { callId } = checked(checks.getCall, component);
  const call = await component.mioHub.getCall({
    $,
    callId,
  });
  $.export("$summary", `The call to ${told(call)}.`);
  return call;
}

export async function listCalls(component, steps, $) {
  const { data } = await component.mioHub.listCalls({
    $,
    params: {
      ...checked(checks.listCalls, component),
      limit: MOST,
    },
  });
  $.export("$summary", `Found ${data.length} call${data.length === 1
    ? ""
    : "s"}.`);
  return data;
}

/** Gives undefined where there is none. */
export async function findLatestCall(component, steps, $) {
  const {
    data: [
      call,
    ],
  } = await component.mioHub.listCalls({
    $,
    params: {
      ...checked(checks.findLatestCall, component),
      limit: 1,
    },
  });
  $.export("$summary", call
    ? `The call to ${told(call)}.`
    : `There is no call with ${component.toNumber}.`);
  return call;
}

async function started(component, steps, $, asked) {
  const {
    idempotencyKey, ...wanted
  } = checked(asked, component);
  return quietly($, async () => {
    const identity = identityOf(wanted, idempotencyKey, steps, $);
    const call = await start(component.mioHub, $, wanted, identity);
    $.export("$summary", `The call to ${told(call)}.`);
    return call;
  });
}

/**
 * A call that must not be made ends the workflow without an error: retried as one, it would ring a
 * person right after another call.
 */
async function quietly($, act) {
  try {
    return await act();
  } catch (error) {
    if (error.kind !== "halted") throw error;
    if (!$.flow?.exit) {
      throw failure("refused", error.message, {
        code: error.code,
      });
    }
    return $.flow.exit(error.message);
  }
}
