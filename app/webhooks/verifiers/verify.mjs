// Receives webhooks of Mio: takes what is signed with the secret, and refuses everything else.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

// One secret, or during a rotation the old and the new one with a space between them.
const secrets = process.env.MIO_WEBHOOK_SECRET.split(' ').filter(Boolean);
const TOLERANCE_SECONDS = 300;

// Whether Mio has signed this body, not more than five minutes ago. The body must be the bytes as they came: a Buffer.
export function verified(headers, body) {
  const timestamp = headers['x-mio-timestamp'] ?? '';
  const signature = Buffer.from(headers['x-mio-signature'] ?? '');
  if (!/^[0-9]+$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  return secrets.some((secret) => {
    const expected = Buffer.from(createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex'));
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  });
}

createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => response.writeHead(verified(request.headers, Buffer.concat(parts)) ? 204 : 401).end());
  // Answer first, work afterwards. X-Mio-Delivery stays the same when a delivery is sent again.
}).listen(Number(process.env.PORT ?? 8000), '127.0.0.1');
