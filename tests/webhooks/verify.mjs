// The API document's sample, with the request's parts as arguments and the body on standard input.
import crypto from 'crypto';
import { readFileSync } from 'fs';

function verifyWebhook(secret, timestamp, body, signature) {
  const expected = crypto
    .createHmac('sha256', secret)
    .update(`${timestamp}.${body}`)
    .digest('hex');
  return crypto.timingSafeEqual(
    Buffer.from(signature),
    Buffer.from(expected)
  );
}

const [secret, timestamp, signature] = process.argv.slice(2);
console.log(verifyWebhook(secret, timestamp, readFileSync(0, 'utf8'), signature));
