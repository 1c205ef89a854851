import creates from '../generated/creates.js';
import { named, startCall } from '../lib/calls.js';
import { inputsOf } from '../lib/inputs.js';

/** @import { Perform } from '../lib/types.js' */

/**
 * Starts a call, now or at its time, and goes on at once.
 *
 * @template {{key: string, operation: object}} Definition
 * @param {Definition} definition
 */
function starting({ key, operation, ...about }) {
  /** @type {Perform} */
  const perform = async (z, bundle) => {
    const { idempotencyKey, ...fields } = inputsOf(key, bundle.inputData);
    return startCall(z, fields, named(idempotencyKey));
  };
  return { key, ...about, operation: { ...operation, perform } };
}

export const starts = [creates.startCall, creates.scheduleCall].map(starting);
