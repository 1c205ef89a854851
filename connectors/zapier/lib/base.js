import { errors } from 'zapier-platform-core';

const CLOUD = 'https://api.mio.gg/api/v1';
const THIS_MACHINE = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Where the API is, without a slash at its end.
 *
 * @param {string | undefined} given  what a person typed in: with or without a slash at its end and `/api/v1`; nothing
 *   for the hub in the cloud
 * @throws {errors.Error} when it is no address, or one at which the key could be read on the way
 */
export function apiBase(given) {
  const typed = given?.trim();
  if (!typed) return CLOUD;
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  if (!url || url.search || url.hash || url.username || url.password) {
    throw refused('The base URL must be an address like https://hub.example.com.');
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && THIS_MACHINE.has(url.hostname))) {
    throw refused('The base URL must start with https://, or your API key could be read on its way.');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/api\/v1$/, '')}/api/v1`;
}

/** @param {string} sentence */
const refused = (sentence) => new errors.Error(sentence, 'invalid_base_url', 400);
