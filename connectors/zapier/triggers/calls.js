import { errors } from 'zapier-platform-core';

import events from '../generated/events.js';
import triggers from '../generated/triggers.js';
import { ask, carryOut, json } from '../lib/asking.js';
import { listCalls } from '../lib/calls.js';
import { inputsOf } from '../lib/inputs.js';
import { isSigned } from '../lib/signature.js';

/** @import { Perform, Request, Subscription } from '../lib/types.js' */
/** @typedef {keyof typeof triggers} Key */

const SAMPLES = 10;

/**
 * One webhook for each Zap, which no other Zap can overwrite.
 *
 * @param {Key} key
 * @returns {Perform}
 */
function subscribing(key) {
  const { event, fixed } = events[key];
  return async (z, bundle) => {
    const filters = { ...inputsOf(key, bundle.inputData), ...fixed };
    const wanted = { url: bundle.targetUrl, events: [event], ...(Object.keys(filters).length > 0 && { filters }) };
    const { id, secret } = (await carryOut(z, { url: '/webhooks', method: 'POST', ...json(wanted) })).data;
    return { id, secret };
  };
}

/** @type {Perform} */
const performUnsubscribe = async (z, bundle) => {
  const { id } = /** @type {Subscription} */ (bundle.subscribeData);
  await ask(z, { url: `/webhooks/${id}`, method: 'DELETE', middlewareData: { mayBeMissing: true } });
  return {};
};

/**
 * The calls with which the Zap starts: that of the hub's request. A sample that was sent to try the webhook starts nothing:
 * its call does not exist.
 *
 * @type {Perform}
 */
const perform = async (_z, bundle) => {
  const { secret } = bundle.subscribeData ?? {};
  if (!secret || !bundle.rawRequest || !isSigned(bundle.rawRequest, secret)) {
    throw new errors.Error(
      'What came is not signed with the secret of this Zap’s webhook. If the secret was changed, turn the Zap off and on.',
      'wrong_signature',
      403,
    );
  }
  const { call, test } = bundle.cleanedRequest;
  return test ? [] : [call];
};

/** @type {(key: Key) => Perform} */
const listing = (key) => async (z, bundle) =>
  listCalls(z, { ...events[key].listed, ...inputsOf(key, bundle.inputData), limit: SAMPLES });

export const callTriggers = Object.entries(triggers).map(([key, { operation, ...about }]) => ({
  ...about,
  operation: {
    ...operation,
    type: 'hook',
    performSubscribe: subscribing(/** @type {Key} */ (key)),
    performUnsubscribe,
    perform,
    performList: listing(/** @type {Key} */ (key)),
  },
}));
