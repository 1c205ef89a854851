import { listCalls } from '../lib/calls.js';

const AT_MOST = 100;

/** For the dropdown of a field that asks for a call. */
const perform = async (z) => (await listCalls(z, { limit: AT_MOST })).map(({ id, ...call }) => ({ id, label: labelOf(call) }));

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
