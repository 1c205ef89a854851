import { Property } from '@activepieces/pieces-framework';
import { mioHubAuth } from '../auth';
import { listCalls, type Call } from './calls';

interface Words {
  displayName: string;
  description: string;
  required: true;
}

/** A choice among the newest calls. A person may give an id instead. */
export function callChoice(words: Words) {
  return Property.Dropdown<string, true, typeof mioHubAuth>({
    ...words,
    auth: mioHubAuth,
    refreshers: [],
    options: async ({ auth }) => {
      if (!auth) return { disabled: true, placeholder: 'Connect your account first', options: [] };
      const calls = await listCalls(auth.props, { limit: 50 });
      return { disabled: false, options: calls.map((call) => ({ label: labelOf(call), value: call.id })) };
    },
  });
}

function labelOf(call: Call): string {
  const whom = typeof call['name'] === 'string' ? `${call['name']} (${call.toNumber})` : call.toNumber;
  return `${whom}, ${call.status}, ${String(call['createdAt'])}`;
}
