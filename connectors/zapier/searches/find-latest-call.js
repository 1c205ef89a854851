import searches from '../generated/searches.js';
import { listCalls } from '../lib/calls.js';
import { inputsOf } from '../lib/inputs.js';

/** @import { Perform } from '../lib/types.js' */

/** @type {Perform} */
const perform = async (z, bundle) => listCalls(z, { ...inputsOf('findLatestCall', bundle.inputData), limit: 1 });

const { operation, ...about } = searches.findLatestCall;

export default { ...about, operation: { ...operation, perform } };
