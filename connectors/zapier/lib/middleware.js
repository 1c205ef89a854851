import { errors } from 'zapier-platform-core';

import { apiBase } from './base.js';
import packageJson from '../package.json' with { type: 'json' };
import { refusal } from './refusals.js';

/** @import { HttpResponse } from 'zapier-platform-core' */
/** @import { GivenBundle, Request } from './types.js' */

const REQUEST_MILLISECONDS = 10_000; // twice, with a pause, is less than the thirty seconds that Zapier gives a step
const CLIENT = `zapier/${packageJson.version}`; // no User-Agent: Zapier's core knows its own requests by that

/**
 * Before a request: the key goes to the base URL, and to nothing that it leads to.
 *
 * @param {Request} request
 * @param {unknown} _z
 * @param {GivenBundle} bundle
 */
export const addressed = (request, _z, bundle) => ({
  ...request,
  url: apiBase(bundle.authData.baseUrl) + request.url,
  headers: { ...request.headers, 'X-API-Key': keyOf(bundle.authData), 'X-Mio-Client': CLIENT },
  redirect: 'manual',
  timeout: request.timeout ?? REQUEST_MILLISECONDS,
});

/**
 * The key as a header can carry it. The network's own error about one that it cannot would tell it.
 *
 * @param {GivenBundle['authData']} authData
 */
function keyOf({ apiKey }) {
  const key = String(apiKey ?? '').trim();
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new errors.Error('API Key has a sign that no key has. Copy it again.', 'invalid_api_key', 400);
}

/**
 * After a response: throws what it means. A request with `mayBeMissing` takes "not found" for an answer.
 *
 * @param {HttpResponse} response
 */
export function checked(response) {
  const { status, data } = response;
  if (response.request.middlewareData?.mayBeMissing && data?.code === 'not_found') return { ...response, data: undefined };
  const retryAfter = Number(response.getHeader('retry-after')) || undefined;
  const error = refusal({ status, data, retryAfter });
  if (error) throw error;
  return response;
}
