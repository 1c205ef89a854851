import { createHmac, timingSafeEqual } from 'node:crypto';

/** @import { RawRequest } from './types.js' */

/**
 * Whether the hub has signed a request with this webhook's secret.
 *
 * Its age is not asked: Zapier may hold a request back, and a person may replay it days later.
 *
 * @param {RawRequest} request
 * @param {string} secret
 */
export function isSigned({ headers, content }, secret) {
  const given = Buffer.from(header(headers, 'x-mio-signature'));
  const signed = `${header(headers, 'x-mio-timestamp')}.${content}`;
  const expected = Buffer.from(createHmac('sha256', secret).update(signed).digest('hex'));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** @param {RawRequest['headers']} headers @param {string} name  in small letters */
function header(headers, name) {
  const found = Object.entries(headers).find(([key]) => key.toLowerCase().replace(/^http-/, '') === name);
  return found?.[1] ?? '';
}
