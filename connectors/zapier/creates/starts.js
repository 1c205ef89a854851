import creates from '../generated/creates.js';
import { named, startCall } from '../lib/calls.js';
import { inputsOf } from '../lib/inputs.js';

/** Starts a call, now or at its time, and goes on at once. */
function starting({ key, operation, ...about }) {
  const perform = (z, bundle) => {
    const { idempotencyKey, ...fields } = inputsOf(key, bundle.inputData);
    return startCall(z, fields, named(idempotencyKey));
  };
  return { key, ...about, operation: { ...operation, perform } };
}

export const starts = [creates.startCall, creates.scheduleCall].map(starting);
