import { errors } from 'zapier-platform-core';

import creates from '../generated/creates.js';
import { carryOut, json } from '../lib/asking.js';
import { inputsOf, isCallId } from '../lib/inputs.js';

/** @import { Perform, Request } from '../lib/types.js' */

/** @type {Perform} */
const perform = async (z, bundle) => {
  const { callId } = inputsOf('cancelCall', bundle.inputData);
  if (!isCallId(callId)) throw new errors.Error('Call must be the id of a call.', 'invalid_input', 400);
  /** @type {Request} */
  const request = { url: `/calls/${callId}/cancel`, method: 'POST', ...json({}) };
  return (await carryOut(z, request, { sameAgain: true })).data;
};

const { operation, ...about } = creates.cancelCall;

export default { ...about, operation: { ...operation, perform } };
