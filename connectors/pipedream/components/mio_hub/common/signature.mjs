import {
  createHmac, timingSafeEqual,
} from "node:crypto";

const OLDEST_SECONDS = 5 * 60;

/**
 * Whether the hub has sent these bytes, not long ago.
 * @param {string} secret
 * @param {Record<string, string>} headers  names in small letters
 * @param {string} body  as it came
 */
export function isSigned(secret, headers, body, now = Date.now()) {
  const timestamp = headers["x-mio-timestamp"] ?? "";
  const given = Buffer.from(headers["x-mio-signature"] ?? "");
  if (!(Math.abs(now / 1000 - Number(timestamp)) <= OLDEST_SECONDS)) return false;
  const expected = Buffer.from(createHmac("sha256", secret).update(`${timestamp}.${body}`)
    .digest("hex"));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
