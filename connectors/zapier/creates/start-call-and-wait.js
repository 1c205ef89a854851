import { createHash } from 'node:crypto';

import { errors } from 'zapier-platform-core';

import aboutApp from '../generated/about.js';
import creates from '../generated/creates.js';
import { getCall, listCalls, named, startCall } from '../lib/calls.js';
import { inputsOf } from '../lib/inputs.js';

/** @import { GivenBundle, Perform } from '../lib/types.js' */
/** @import { ZObject } from 'zapier-platform-core' */

const TRIED_SECONDS = 15;
const TEST_KEY = 'sk_test_';
const { operation, ...about } = creates.startCallAndWait;

/** Start the call and leave; the hub's callback resumes the step. @type {Perform} */
const perform = async (z, bundle) => {
  const { idempotencyKey, ...fields } = inputsOf(about.key, bundle.inputData);
  if (bundle.meta?.isLoadingSample) return tried(z, bundle, fields);
  const callbackUrl = z.generateCallbackUrl();
  const waiting = { callbackDeadlineSeconds: aboutApp.longestWaitSeconds, ...fields, callbackUrl };
  return startCall(z, waiting, idempotencyKey ? named(idempotencyKey) : { key: keyOf(callbackUrl) });
};

/** The callback has come: what the step gives. @type {Perform} */
const performResume = async (_z, bundle) => {
  const { event, call } = bundle.cleanedRequest ?? {};
  if (!call || call.id !== bundle.outputData.id) {
    throw new errors.Error('What resumed this step was not about its call.', 'wrong_call', 400);
  }
  return { ...call, timedOut: event === 'call.deadline' };
};

/**
 * In the editor: a test key's call is placed and waited for as long as a test may last; a live key rings nobody.
 *
 * @param {ZObject} z
 * @param {GivenBundle} bundle
 * @param {Record<string, any>} inputs
 */
async function tried(z, bundle, { callbackDeadlineSeconds: _, ...fields }) {
  if (!bundle.authData.apiKey.trim().startsWith(TEST_KEY)) {
    const [latest = operation.sample] = await listCalls(z, { status: 'completed', limit: 1 });
    return { ...latest, timedOut: false };
  }
  const { id } = await startCall(z, fields);
  const call = await getCall(z, id, TRIED_SECONDS);
  return { ...call, timedOut: call.endedAt === null };
}

/**
 * Zapier makes one address for each wait: should it repeat the run under the same, the call is the same too.
 *
 * @param {string} callbackUrl
 */
const keyOf = (callbackUrl) => createHash('sha256').update(callbackUrl).digest('hex');

export default { ...about, operation: { ...operation, perform, performResume } };
