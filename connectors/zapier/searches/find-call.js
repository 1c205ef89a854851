import { errors } from 'zapier-platform-core';

import searches from '../generated/searches.js';
import { getCall, listCalls } from '../lib/calls.js';
import { inputsOf, isCallId } from '../lib/inputs.js';

/** @import { Perform } from '../lib/types.js' */

/** @type {Perform} */
const perform = async (z, bundle) => {
  const { callId, ...query } = inputsOf('findCall', bundle.inputData);
  if (callId !== undefined) return isCallId(callId) ? [await getCall(z, callId)].filter(Boolean) : [];
  if (Object.keys(query).length === 0) {
    // A mapped field that came out empty must not find somebody else's call.
    throw new errors.Error('Give a call, a status, a number or a time to search by.', 'invalid_input', 400);
  }
  return listCalls(z, query);
};

const { operation, ...about } = searches.findCall;

export default { ...about, operation: { ...operation, perform } };
