import { listCalls } from '../lib/calls.js';

/** @import { Perform } from '../lib/types.js' */

const AT_MOST = 100;

/** For the dropdown of a field that asks for a call. @type {Perform} */
const perform = async (z) => {
  const calls = await listCalls(z, { limit: AT_MOST });
  return calls.map((call) => ({ id: call.id, label: labelOf(call) }));
};

/** @param {Record<string, any>} call */
const labelOf = ({ name, toNumber, status, createdAt }) =>
  `${name ? `${name}, ` : ''}${toNumber}, ${status}, ${createdAt.slice(0, 16).replace('T', ' ')} UTC`;

export default {
  key: 'listCalls',
  noun: 'Call',
  display: { label: 'List Calls', description: 'Fills the dropdown of calls.', hidden: true },
  operation: {
    type: 'polling',
    perform,
    outputFields: [
      { key: 'id', label: 'Call ID', type: 'string', primary: true },
      { key: 'label', label: 'Label', type: 'string' },
    ],
  },
};
