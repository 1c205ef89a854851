import {
  createHash, randomUUID,
} from "node:crypto";

/**
 * Names one call that is wanted: the same for every try of the same step on the same event.
 *
 * Pipedream tells which event it is, the same over all retries, but not which step. So what is
 * wanted is part of the name, and how many steps before have given a call with this number: a
 * second step that calls the same person again is another.
 * @param {object} wanted  the request
 * @param {string | undefined} given  the key that a person gave
 * @param {object | undefined} steps  what the steps before have exported
 * @param {object} $
 * @returns {{key: string, repeats: boolean}}
 *   `repeats`: whether Pipedream comes with the same key when it repeats the step
 */
export function identityOf(wanted, given, steps, $) {
  if (given) {
    return {
      key: given,
      repeats: true,
    };
  }
  const context = steps?.trigger?.context ?? $.context;
  if (!context?.trace_id || isTest($)) {
    return {
      key: `pipedream-${randomUUID()}`,
      repeats: false,
    };
  }
  return {
    key: `pipedream-${digest([
      context.workflow_id,
      context.trace_id,
      turnOf(wanted, steps),
      Object.entries(wanted).sort(),
    ])}`,
    repeats: true,
  };
}

/** Whether a person is trying the step out in the builder, where every try is meant. */
export function isTest($) {
  return $.context?.test === true;
}

function turnOf({ phoneNumber }, steps = {}) {
  const given = Object.values(steps).map((step) => step?.$return_value);
  return given.filter((value) => value?.toNumber === phoneNumber).length;
}

function digest(value) {
  return createHash("sha256").update(JSON.stringify(value))
    .digest("hex");
}
