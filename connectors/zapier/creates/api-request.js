import { errors } from 'zapier-platform-core';

import creates from '../generated/creates.js';
import { ask, carryOut, json } from '../lib/asking.js';
import { apiBase } from '../lib/base.js';
import { named } from '../lib/calls.js';
import { inputsOf } from '../lib/inputs.js';

/** @import { Identity, Perform, Request } from '../lib/types.js' */

/** @type {Perform} */
const perform = async (z, bundle) => {
  const { method, path, body, idempotencyKey } = inputsOf('apiRequest', bundle.inputData);
  if (method === 'GET' && body) throw invalid('A GET request has no Body.');
  const url = within(apiBase(bundle.authData.baseUrl), path);
  /** @type {Request} */
  const request = { url, method, ...(body && json(parsed(body))) };
  const { status, data } =
    method === 'GET' ? await ask(z, request) : await carryOut(z, request, identity(method, idempotencyKey));
  return { status, answer: data };
};

/**
 * PUT and DELETE are harmless when repeated, POST only under the same key.
 *
 * @param {string} method
 * @param {string | undefined} deduplicationKey
 * @returns {Identity}
 */
const identity = (method, deduplicationKey) => ({ sameAgain: method !== 'POST', ...named(deduplicationKey) });

/** @param {string} base @param {string} path */
function within(base, path) {
  const leads = path.startsWith('/') && new URL(base + path).href.startsWith(`${base}/`);
  if (!leads) throw invalid('Path must start with a slash and stay within the API, like /webhooks.');
  return path;
}

/** @param {string} body */
function parsed(body) {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw invalid(`Body must be JSON. ${error}.`);
  }
}

/** @param {string} sentence */
const invalid = (sentence) => new errors.Error(sentence, 'invalid_input', 400);

const { operation, ...about } = creates.apiRequest;

export default { ...about, operation: { ...operation, perform } };
