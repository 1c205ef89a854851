import { apiBase } from './base.js';
import { refusal } from './refusals.js';

const REQUEST_MILLISECONDS = 10_000; // twice, with a pause, is less than the thirty seconds that Zapier gives a step

/** Before a request: `url` is the path after /api/v1. The key goes to the base URL, and to nothing that it leads to. */
export const addressed = (request, _z, bundle) => ({
  ...request,
  url: apiBase(bundle.authData.baseUrl) + request.url,
  headers: { ...request.headers, 'X-API-Key': bundle.authData.apiKey },
  redirect: 'manual',
  timeout: request.timeout ?? REQUEST_MILLISECONDS,
});

/** After a response: throws what it means. A request with `mayBeMissing` takes "not found" for an answer. */
export function checked(response) {
  const { status, data } = response;
  if (response.request.mayBeMissing && data?.code === 'not_found') return { ...response, data: undefined };
  const retryAfter = Number(response.getHeader('retry-after')) || undefined;
  const error = refusal({ status, data, retryAfter });
  if (error) throw error;
  return response;
}
