// Runs the compiled piece with the context that the framework documents. What stands in for Activepieces' cloud: the
// store of a flow, and waitpoints, of which a step of a run has one until it is resumed.

import { createRequire } from 'node:module';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { serve, Threw } from './serve.mjs';

const require = createRequire(join(process.env.CONNECTOR, 'package.json'));
const { createMockActionContext, DEDUPE_KEY_PROPERTY, pieceTranslation } = require('@activepieces/pieces-framework');
const { mioHub } = require('./dist/src/index.js');
const translation = require('./dist/src/i18n/translation.json');

const KINDS = { auth: 'auth', refused: 'input', later: 'retry', unknown: 'unknown' };

const snake = (key) => key.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
const authOf = ({ url, key }) => ({ type: 'CUSTOM_AUTH', props: { apiKey: key, baseUrl: url } });
const anId = () => randomBytes(20).toString('hex').slice(0, 21);

const kept = new Map(); // by flow
const waitpoints = new Map(); // by run and step

function storeOf(flow) {
  if (!kept.has(flow)) kept.set(flow, new Map());
  const values = kept.get(flow);
  return {
    put: async (name, value) => (values.set(name, structuredClone(value)), value),
    get: async (name) => values.get(name) ?? null,
    delete: async (name) => void values.delete(name),
  };
}

/** `run` is the run's id, of 21 letters and digits; the step is always the same one. */
function contextOf(connection, inputs, run, more = {}) {
  const context = createMockActionContext({ propsValue: inputs });
  return {
    ...context,
    auth: authOf(connection),
    store: storeOf('flow'),
    step: { name: 'step_1' },
    run: { ...context.run, id: run, createWaitpoint: nowhere, waitForWaitpoint: nowhere },
    ...more,
  };
}

function nowhere() {
  throw new Error('There is no flow here that could wait.');
}

/** The same for every try, as the server gives it, until `resume` uses it up. */
function waitpointOf(run, resumeUrl) {
  if (!waitpoints.has(run)) waitpoints.set(run, { id: anId(), resumeUrl });
  const waitpoint = waitpoints.get(run);
  return { ...waitpoint, buildResumeUrl: ({ queryParams }) => `${waitpoint.resumeUrl}?${new URLSearchParams(queryParams)}` };
}

async function begin({ connection, inputs, step, resumeUrl, run = step.slice(0, 21) }) {
  const told = {};
  const context = contextOf(connection, inputs, run);
  context.run.createWaitpoint = async (asked) => (Object.assign(told, asked), waitpointOf(run, resumeUrl));
  context.run.waitForWaitpoint = (id) => (told.waitsFor = id);
  const gave = await mioHub.getAction('start_call_and_wait').run(context);
  if (!('timedOut' in gave) && told.waitsFor !== waitpoints.get(run).id) throw new Error('The step does not wait.');
  return { gave, inputs, run, ...told };
}

async function resume({ connection, begun, body }) {
  waitpoints.delete(begun.run);
  const payload = { body: body && JSON.parse(body), headers: {}, queryParams: {} };
  const context = contextOf(connection, begun.inputs, begun.run, { executionType: 'RESUME', resumePayload: payload });
  return mioHub.getAction('start_call_and_wait').run(context);
}

function triggerOf({ connection, trigger, filters = {}, flow = anId(), ...more }) {
  const context = { auth: authOf(connection), propsValue: filters, store: storeOf(flow), payload: {}, ...more };
  return { flow, context, trigger: mioHub.getTrigger(snake(trigger)) };
}

/** The texts that the framework would look up in a translation, and would not find; those of its own action aside. */
function untranslated() {
  const metadata = JSON.parse(JSON.stringify(mioHub.metadata()));
  delete metadata.actions.custom_api_call;
  return pieceTranslation.pathsToValuesToTranslate
    .flatMap((path) => at(metadata, path.split('.')))
    .filter((text) => !(text in translation));
}

function at(value, [name, ...rest]) {
  if (value === undefined) return [];
  if (name === undefined) return [value];
  return (name === '*' ? Object.values(value) : [value[name]]).flatMap((inner) => at(inner, rest));
}

await serve(
  {
    connect: async ({ connection }) => {
      const { props } = authOf(connection);
      const { valid, error } = await mioHub.auth.validate({ auth: props });
      if (!valid) throw new Threw('auth', error);
      const asked = { method: 'GET', url: { url: '/me' }, headers: {}, queryParams: {} };
      const { body } = await mioHub.getAction('custom_api_call').run(contextOf(connection, asked, anId()));
      return body.name;
    },
    customCall: ({ connection, inputs }) => mioHub.getAction('custom_api_call').run(contextOf(connection, inputs, anId())),
    act: ({ connection, action, inputs, step, run = step.slice(0, 21) }) =>
      mioHub.getAction(snake(action)).run(contextOf(connection, inputs, run)),
    test: ({ connection, action, inputs }) => mioHub.getAction(snake(action)).test(contextOf(connection, inputs, anId())),
    choices: async ({ connection, action }) =>
      mioHub.getAction(snake(action)).props.callId.options({ auth: authOf(connection) }),
    begin,
    resume,
    listed: ({ connection, trigger, filters }) => {
      const { context, trigger: found } = triggerOf({ connection, trigger, filters });
      return found.test(context);
    },
    subscribe: async ({ connection, trigger, targetUrl, filters, flow }) => {
      const given = triggerOf({ connection, trigger, filters, flow, webhookUrl: targetUrl });
      await given.trigger.onEnable(given.context);
      return { flow: given.flow, trigger };
    },
    unsubscribe: ({ connection, subscription }) => {
      const { context, trigger } = triggerOf({ connection, ...subscription });
      return trigger.onDisable(context);
    },
    receive: async ({ connection, subscription, headers, body, raw = true }) => {
      const payload = { body: JSON.parse(body), headers, queryParams: {}, ...(raw && { rawBody: body }) };
      const { context, trigger } = triggerOf({ connection, ...subscription, payload });
      const items = await trigger.run(context);
      return items.map(({ [DEDUPE_KEY_PROPERTY]: key, ...item }) => ({ item, key }));
    },
    untranslated,
    metadata: () => JSON.parse(JSON.stringify(mioHub.metadata())),
  },
  (error) => error.name === 'MioHubError' && { kind: KINDS[error.kind], field: error.field, retryAfter: error.retryAfter },
);
