import { ask } from './lib/asking.js';
import { apiBase } from './lib/base.js';
import { notTheHub } from './lib/refusals.js';

/** @import { Perform } from './lib/types.js' */

/** @type {Perform} */
const test = async (z) => {
  const { data } = await ask(z, { url: '/me' });
  if (!data.mode) throw notTheHub();
  return data;
};

/**
 * Whose account, which of the two worlds, and where it is: what tells two connections apart. Never the key.
 *
 * @type {Perform}
 */
const connectionLabel = async (_z, bundle) => {
  const { name, mode } = bundle.inputData;
  const { hostname } = new URL(apiBase(bundle.authData.baseUrl));
  return `${name} (${mode === 'test' ? 'test calls' : 'live calls'}, ${hostname})`;
};

export default {
  type: 'custom',
  test,
  connectionLabel,
  fields: [
    {
      key: 'apiKey',
      label: 'API Key',
      type: 'password',
      required: true,
      helpText:
        'Create one in your profile settings on [mio.gg](https://mio.gg), under Integrations. A key that starts with `sk_test_` calls the sandbox, and nobody’s phone rings.',
    },
    {
      key: 'baseUrl',
      label: 'Base URL',
      type: 'string',
      required: false,
      isNoSecret: true,
      placeholder: 'https://hub.example.com',
      helpText:
        'Only for a Mio Hub that you host yourself; leave empty otherwise. **Warning:** your API key and all that you send go to this address. Enter only one that you or somebody you trust controls.',
    },
  ],
};
