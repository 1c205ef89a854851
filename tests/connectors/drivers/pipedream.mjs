// Runs the components as Pipedream's documentation says: props and methods bound to `this`, `$`, a source's database
// and HTTP interface. That is the vendor's cloud, which there is nowhere else; all else is real.

import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { serve, Threw } from './serve.mjs';

const HOME = join(process.env.CONNECTOR, 'components', 'mio_hub');
const KINDS = { auth: 'auth', refused: 'input', halted: 'halted', later: 'retry', unknown: 'unknown' };
const SOURCES = {
  callCompleted: 'new-call-completed-instant',
  callStarted: 'new-call-started-instant',
  voicemailLeft: 'new-voicemail-instant',
  callUnanswered: 'new-call-failed-or-unanswered-instant',
};

const load = async (path) => (await import(pathToFileURL(join(HOME, path)))).default;
const kebab = (key) => key.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
const anId = () => randomBytes(12).toString('hex');
const actionOf = (key) => load(`actions/${kebab(key)}/${kebab(key)}.mjs`);
const sourceOf = (key) => load(`sources/${SOURCES[key]}/${SOURCES[key]}.mjs`);

/** An app with the connection of a person. */
function appOf(app, { url, key }) {
  return bound({ $auth: { api_key: key, base_url: url } }, app.methods);
}

function bound(self, methods = {}) {
  for (const [name, method] of Object.entries(methods)) self[name] = method.bind(self);
  return self;
}

/** What `this` is in a component: props are what a person chose, or what the platform gives of their kind. */
function instanceOf(component, connection, inputs, services = {}) {
  const self = { ...services };
  for (const [name, prop] of Object.entries(component.props)) {
    const kind = typeof prop === 'string' ? prop : prop.type;
    self[name] = { app: () => appOf(prop, connection), '$.service.db': () => services.db }[kind]?.() ?? inputs[name];
    if (kind === '$.interface.http') self[name] = services.http;
  }
  return bound(self, component.methods);
}

/** `$` in a workflow, on the event that `trace` names; without `trace` as it is in Pipedream Connect. */
function dollarOf({ trace, test = false, run = { runs: 1 }, resumeUrl }, told) {
  const $ = { export: (name, value) => void (told[name] = value) };
  if (!trace) return $;
  const rerun = (milliseconds, context, retries) => {
    told.rerun = { milliseconds, context, retries };
    return { resume_url: resumeUrl, cancel_url: `${resumeUrl}/cancel` };
  };
  const exit = (reason) => {
    throw new Threw('halted', reason);
  };
  return { ...$, flow: { rerun, exit }, context: { ...contextOf(trace), test, run } };
}

function contextOf(trace) {
  return { id: anId(), trace_id: trace, workflow_id: 'p_1', deployment_id: 'd_1', replay: false };
}

async function act({ connection, action, inputs, step, steps = {}, connect = false, ...more }, told = {}) {
  const component = await actionOf(action);
  const $ = dollarOf({ trace: connect ? undefined : step, ...more }, told);
  const given = connect ? undefined : { trigger: { event: {}, context: contextOf(step) }, ...steps };
  return component.run.call(instanceOf(component, connection, inputs), { steps: given, $ });
}

async function begin({ connection, inputs, step, resumeUrl, ...more }) {
  const told = {};
  const gave = await act({ connection, action: 'startCallAndWait', inputs, step, resumeUrl, ...more }, told);
  if (!told.rerun) throw new Error('The step does not wait.');
  return { gave, inputs, step, ...told };
}

function resume({ connection, begun: { inputs, step, rerun }, body, runs = 2 }) {
  const run = { runs, context: rerun.context, ...(body && { callback_request: { method: 'POST', body: JSON.parse(body) } }) };
  return act({ connection, action: 'startCallAndWait', inputs, step, run });
}

const deployed = new Map(); // sources, by id

/** A source as it runs: its database lasts, what it has emitted once is emitted no more. */
async function deploy({ connection, trigger, targetUrl, filters = {} }) {
  const component = await sourceOf(trigger);
  const values = new Map();
  const source = { emitted: [], seen: new Set(), answers: [], component };
  const db = { get: (name) => values.get(name), set: (name, value) => void values.set(name, structuredClone(value)) };
  const http = { endpoint: targetUrl, respond: (answer) => void source.answers.push(answer) };
  source.self = instanceOf(component, connection, filters, {
    db,
    http,
    $emit: (item, meta) => {
      if (component.dedupe === 'unique' && source.seen.has(meta.id)) return;
      source.seen.add(meta.id);
      source.emitted.push({ item: structuredClone(item), meta });
    },
  });
  return source;
}

await serve(
  {
    connect: async ({ connection }) => (await appOf(await load('mio_hub.app.mjs'), connection).getMe()).name,
    act,
    shown: async (given) => {
      const told = {};
      return { gave: await act(given, told), ...told };
    },
    begin,
    resume,
    choices: async ({ connection, prevContext }) => {
      const app = await load('mio_hub.app.mjs');
      return app.propDefinitions.callId.options.call(appOf(app, connection), { prevContext });
    },
    listed: async (given) => {
      const source = await deploy(given);
      await source.component.hooks.deploy.call(source.self);
      return source.emitted.reverse().map(({ item }) => item);
    },
    subscribe: async (given) => {
      const source = await deploy(given);
      await source.component.hooks.activate.call(source.self);
      const id = anId();
      deployed.set(id, source);
      return { id };
    },
    activate: async ({ subscription: { id } }) => {
      const source = deployed.get(id);
      await source.component.hooks.activate.call(source.self);
    },
    unsubscribe: async ({ subscription: { id } }) => {
      const source = deployed.get(id);
      await source.component.hooks.deactivate.call(source.self);
    },
    receive: async ({ subscription: { id }, headers, body }) => {
      const source = deployed.get(id);
      const before = source.emitted.length;
      await source.component.run.call(source.self, { method: 'POST', headers, body: JSON.parse(body), bodyRaw: body });
      return { emitted: source.emitted.slice(before), answer: source.answers.pop() };
    },
    components: async () => {
      const keys = readdirSync(join(HOME, 'actions'));
      const actions = await Promise.all(keys.map((key) => load(`actions/${key}/${key}.mjs`)));
      const sources = await Promise.all(Object.keys(SOURCES).map(sourceOf));
      return JSON.parse(JSON.stringify([...actions, ...sources]));
    },
  },
  (error) => error.kind && { kind: KINDS[error.kind], field: error.field, retryAfter: error.retryAfter },
);
