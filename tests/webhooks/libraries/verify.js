// Prints which libraries verify a request: {secret, headers, body} as JSON on standard input.
import { readFileSync } from 'node:fs';
import { Webhook as Standard } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as Svix } from 'svix';

const { secret, headers, body } = JSON.parse(readFileSync(0, 'utf8'));
const stripe = new Stripe('sk_test_none');
const signed = `t=${headers['X-Mio-Timestamp']},v1=${headers['X-Mio-Signature']}`;
const verifiers = {
  standardwebhooks: () => new Standard(secret).verify(body, headers),
  svix: () => new Svix(secret).verify(body, headers),
  stripe: () => stripe.webhooks.constructEvent(body, signed, secret),
};

function verifies(verify) {
  try {
    verify();
    return true;
  } catch (error) {
    if (error.name === 'TypeError' || error.name === 'ReferenceError') throw error;
    return false;
  }
}

console.log(JSON.stringify(Object.keys(verifiers).filter((name) => verifies(verifiers[name]))));
