// Runs the Zapier app in Zapier's own core, by the entrance that its cloud uses. What stands in for the cloud: the data of
// a bundle, and how a hook's request is handed over.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { serve } from './serve.mjs';

process.env.NODE_ENV = 'test'; // the core throws what its checks of an output find, instead of logging it

const folder = process.env.CONNECTOR;
const require = createRequire(join(folder, 'package.json'));
const createHandler = require('zapier-platform-core/src/tools/create-lambda-handler');
const { default: app } = await import(pathToFileURL(join(folder, 'index.js')).href);
const handle = createHandler(app);

const SEARCHES = { getCall: 'findCall', listCalls: 'findCall', findLatestCall: 'findLatestCall' };
const STARTS = new Set(['startCall', 'scheduleCall']);

const execute = async (method, connection, bundle, more) => {
  const authData = { apiKey: connection.key, baseUrl: connection.url };
  const event = { command: 'execute', method, bundle: { meta: {}, inputData: {}, authData, ...bundle }, ...more };
  return handle(event);
};
const results = async (...given) => (await execute(...given)).results;

const verbs = {
  async connect({ connection }) {
    const account = await results('authentication.test', connection, {});
    return results('authentication.connectionLabel', connection, { inputData: account });
  },

  act({ connection, action, inputs, step, meta = {} }) {
    if (action in SEARCHES) return results(`searches.${SEARCHES[action]}.operation.perform`, connection, { inputData: inputs });
    const inputData = STARTS.has(action) ? { idempotencyKey: step, ...inputs } : inputs;
    return results(`creates.${action}.operation.perform`, connection, { inputData, meta });
  },

  async begin({ connection, inputs, resumeUrl, meta = {} }) {
    const method = 'creates.startCallAndWait.operation.perform';
    const { results: outputData, status } = await execute(method, connection, { inputData: inputs, meta }, { callback_url: resumeUrl });
    return { outputData, status };
  },

  resume: ({ connection, begun, request }) =>
    results('creates.startCallAndWait.operation.performResume', connection, {
      outputData: begun.outputData,
      ...handedOver(request),
    }),

  listed: ({ connection, trigger, filters = {} }) =>
    results(`triggers.${trigger}.operation.performList`, connection, { inputData: filters }),

  subscribe: ({ connection, trigger, targetUrl, filters }) =>
    results(`triggers.${trigger}.operation.performSubscribe`, connection, { inputData: filters, targetUrl }),

  unsubscribe: ({ connection, subscription }) =>
    results('triggers.callCompleted.operation.performUnsubscribe', connection, { subscribeData: subscription }),

  receive: ({ connection, trigger, subscription, request }) =>
    results(`triggers.${trigger}.operation.perform`, connection, {
      subscribeData: subscription,
      ...handedOver(request),
    }),

  choices: ({ connection }) =>
    results('triggers.listCalls.operation.perform', connection, { meta: { isFillingDynamicDropdown: true } }),

  validate: async () => (await handle({ command: 'validate' })).results,

  definition: async () => (await handle({ command: 'definition' })).results,
};

/** A request at an address of Zapier's, as a bundle has it: headers with "Http-" before them, the body read. */
const handedOver = ({ headers, body }) => ({
  cleanedRequest: JSON.parse(body),
  rawRequest: {
    method: 'POST',
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [`Http-${titled(name)}`, value])),
    content: body,
  },
});
const titled = (name) => name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());

const THE_CORES_OWN = '\nWhat happened:'; // what it adds to an error for the developer
const KINDS = { ExpiredAuthError: 'auth', HaltedError: 'halted', ThrottledError: 'retry', AppError: 'input' };

function kindOf({ name, message }) {
  if (!(name in KINDS)) return undefined;
  const told = message.startsWith('{') ? JSON.parse(message) : { message: message.split(THE_CORES_OWN)[0] };
  return { kind: KINDS[name], message: told.message, retryAfter: told.delay };
}

await serve(verbs, kindOf);
