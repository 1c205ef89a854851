// Runs the built n8n nodes in n8n's own engine (n8n-core, n8n-workflow), without its server: the engine executes the
// node, puts it to wait and goes on; the node's requests go out through n8n's own HTTP. What the server does around it
// stands here: it gives out webhook addresses, hands over what comes in, and retries an execution under a new id.
// A real server is run by tests/connectors/test_n8n_server.py.

import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { serve } from './serve.mjs';

process.env.N8N_LOG_LEVEL = 'silent'; // standard output is for answers
process.env.N8N_USER_FOLDER = mkdtempSync(join(tmpdir(), 'n8n-')); // n8n keeps a key of its own there
const load = createRequire(join(process.env.CONNECTOR, 'package.json'));
const { createRunExecutionData, Workflow } = load('n8n-workflow');
const core = load('n8n-core');
const { MioHub } = load('./dist/nodes/MioHub/MioHub.node.js');
const { MioHubTrigger } = load('./dist/nodes/MioHubTrigger/MioHubTrigger.node.js');
const { MioHubApi } = load('./dist/credentials/MioHubApi.credentials.js');

const ACTION = 'n8n-nodes-miohub.mioHub';
const TRIGGER = 'n8n-nodes-miohub.mioHubTrigger';
const SOURCE = 'n8n-nodes-base.noOp';
const PLAIN = { name: 'plain', version: 1, properties: [], inputs: ['main'], outputs: ['main'] };
const TEST = 'n8n-nodes-base.credentialTest';
const credential = new MioHubApi();
const TYPES = {
  [ACTION]: new MioHub(),
  [`${ACTION}Tool`]: new MioHub(), // as n8n makes an agent's tool of a node: the same class under another name
  [TRIGGER]: new MioHubTrigger(),
  [TEST]: {
    description: {
      ...PLAIN,
      credentials: [{ name: 'mioHubApi', required: true }],
      properties: [{ name: 'temp', type: 'string', default: '', routing: { request: credential.test.request } }],
    },
  },
  [SOURCE]: { description: PLAIN },
};
const OPERATIONS = {
  startCall: 'start',
  startCallAndWait: 'startAndWait',
  scheduleCall: 'schedule',
  cancelCall: 'cancel',
  getCall: 'get',
  listCalls: 'getAll',
  findLatestCall: 'getAll',
};

/** n8n's credential store, with the one credential that a person has filled in. */
class Credentials {
  constructor({ url, key }) {
    this.data = { apiKey: key, baseUrl: url };
  }
  getParentTypes() {
    return [];
  }
  isCredentialUsableByNode() {
    return true;
  }
  async getDecrypted() {
    return this.data;
  }
  async preAuthentication() {}
  async authenticate(data, _type, request) {
    return await credential.authenticate(data, request);
  }
}

function workflowOf(node, staticData = {}) {
  const source = { id: 'source', name: 'Source', type: SOURCE, typeVersion: 1, position: [0, 0], parameters: {} };
  return new Workflow({
    id: 'workflow',
    name: 'Workflow',
    nodes: [source, node],
    connections: { Source: { main: [[{ node: node.name, type: 'main', index: 0 }]] } },
    active: true,
    nodeTypes: {
      getByName: (type) => TYPES[type],
      getByNameAndVersion: (type) => TYPES[type],
      getKnownTypes: () => ({}),
    },
    staticData,
    settings: { executionOrder: 'v1', timezone: 'America/New_York' },
  });
}

function nodeOf({ name = 'Mio }} "Hub" \\ 📞', type = ACTION, id = 'node', parameters, settings = {} }) {
  const credentials = { mioHubApi: { id: '1', name: 'Mio Hub' } };
  return { id, name, type, typeVersion: 1, position: [0, 0], parameters, credentials, webhookId: randomUUID(), ...settings };
}

function additional(connection, more = {}) {
  return {
    credentialsHelper: new Credentials(connection),
    executionId: randomUUID(),
    webhookWaitingBaseUrl: 'http://127.0.0.1:9/webhook-waiting',
    formWaitingBaseUrl: 'http://127.0.0.1:9/form-waiting',
    hooks: new core.ExecutionLifecycleHooks('trigger', '1', {}),
    setExecutionStatus() {},
    ...more,
  };
}

/** The run data of an execution that has come to our node with these items. */
function arriving(node, items, resumeToken, runs = []) {
  const json = items.map((one) => ({ json: one }));
  const output = { startTime: 0, executionTime: 0, executionIndex: 0, source: [], data: { main: [json] } };
  return createRunExecutionData({
    resultData: { runData: { Source: [output], ...(runs.length > 0 && { [node.name]: runs }) } },
    executionData: {
      nodeExecutionStack: [{ node, data: { main: [json] }, source: { main: [{ previousNode: 'Source' }] } }],
    },
    resumeToken,
  });
}

async function runToTheEnd(connection, node, data, more) {
  const engine = new core.WorkflowExecute(additional(connection, more), 'trigger', data);
  const { data: after, waitTill } = await engine.processRunExecutionData(workflowOf(node));
  if (after.resultData.error) throw after.resultData.error;
  return { data: after, waitTill };
}

function outputOf(node, data) {
  return data.resultData.runData[node.name].at(-1).data.main[0].map(({ json }) => json);
}

/** How a person fills in the node; the same for every item unless an item says otherwise by an expression. */
function filledIn(action, { phoneNumber, instructions, callAt, callId, ...more }) {
  const operation = OPERATIONS[action] ?? action;
  const listing = operation === 'getAll' && {
    returnAll: action === 'listCalls',
    limit: 1,
    filters: more,
  };
  return {
    resource: 'call',
    operation,
    simplify: false,
    phoneNumber,
    instructions,
    callAt,
    ...(callId && { callId: { __rl: true, mode: 'id', value: callId } }),
    ...(listing || { additionalFields: more }),
  };
}

const verbs = {
  /** Tests the credential as n8n does: its test request, run as a node that consists of it. */
  async connect({ connection }) {
    const node = nodeOf({ type: TEST, parameters: { temp: '' } });
    const data = arriving(node, [{}]);
    const [entry] = data.executionData.nodeExecutionStack;
    const items = entry.data.main[0];
    const store = additional(connection);
    const context = new core.ExecuteContext(workflowOf(node), node, store, 'internal', data, 0, items, entry.data, entry, []);
    const routing = new core.RoutingNode(context, TYPES[TEST], { data: store.credentialsHelper.data });
    const [[{ json }]] = await routing.runNode();
    return json.name;
  },

  /** A request of another node's, to which n8n has the credential add its key; or why it does not. */
  async signed({ connection, url }) {
    const store = new Credentials(connection);
    return await store.authenticate(store.data, '', { url }).catch(({ message }) => message);
  },

  /** Runs the node in an execution. One with the same `step` is a retry of it: n8n keeps its token, not its id. */
  async act({ connection, action, inputs, step }) {
    const node = nodeOf({ parameters: filledIn(action, inputs) });
    const { data } = await runToTheEnd(connection, node, arriving(node, [{}], step));
    const found = outputOf(node, data);
    return OPERATIONS[action] === 'getAll' ? found : found[0];
  },

  /** Runs the node with any parameters, items and settings; what it gave, and how it was paired. */
  async run({ connection, parameters, items = [{}], step, runs, settings, type }) {
    const node = nodeOf({ type, parameters, settings });
    const { data, waitTill } = await runToTheEnd(connection, node, arriving(node, items, step, runs));
    return { gave: outputOf(node, data), waitTill };
  },

  /** Calls the node as the sub-node of an agent that runs its tools itself. */
  async callTool({ connection, parameters }) {
    const node = nodeOf({ type: `${ACTION}Tool`, parameters });
    const data = arriving(node, [{}], randomUUID());
    const [entry] = data.executionData.nodeExecutionStack;
    const context = new core.SupplyDataContext(
      workflowOf(node), node, additional(connection), 'trigger', data, 0, entry.data.main[0], entry.data, 'ai_tool',
      entry, [],
    );
    context.addInputData('ai_tool', [[{ json: {} }]]);
    const [items] = await TYPES[node.type].execute.call(context);
    return items.map(({ json }) => json);
  },

  /** Runs the node until it waits. The address at which n8n would be reached is the one given. */
  async begin({ connection, inputs, step, resumeUrl, items = [{}], settings }) {
    const node = nodeOf({ id: step, parameters: filledIn('startCallAndWait', inputs), settings });
    const { origin } = new URL(resumeUrl);
    const reached = { webhookWaitingBaseUrl: origin, executionId: resumeUrl.slice(origin.length + 1) };
    const data = { ...arriving(node, items), resumeToken: undefined };
    const { data: parked, waitTill } = await runToTheEnd(connection, node, data, reached);
    return { node, parked, waitTill };
  },

  /** What n8n's server does with a callback to a waiting execution: the node's webhook, then the engine goes on. */
  async resume({ connection, begun: { node, parked }, body }) {
    const answered = {};
    const response = { status: (code) => ({ json: () => Object.assign(answered, { status: code }) }) };
    const [description] = TYPES[ACTION].description.webhooks;
    const context = new core.WebhookContext(
      workflowOf(node), node, additional(connection, { httpRequest: { body }, httpResponse: response }), 'trigger',
      { webhookDescription: description }, [], parked,
    );
    const { workflowData } = await TYPES[ACTION].webhook.call(context);
    if (!workflowData) return { status: answered.status };
    parked.executionData.nodeExecutionStack[0].data.main = workflowData;
    const { data } = await runToTheEnd(connection, node, parked);
    return { status: 200, gave: outputOf(node, data) };
  },

  /** n8n's own limit has passed: it goes on without a callback. */
  async outlast({ connection, begun: { node, parked } }) {
    const { data } = await runToTheEnd(connection, node, parked);
    return outputOf(node, data);
  },

  /** Activates a workflow with the trigger, as n8n does; `kept` is its static data from before. */
  async subscribe({ connection, trigger, targetUrl, filters, kept = {} }) {
    const node = nodeOf({ type: TRIGGER, parameters: { event: trigger, filters } });
    const subscription = { node, kept, webhookBaseUrl: targetUrl.replace(/\/$/, '') };
    return await verbs.activate({ connection, subscription });
  },

  /** Activates a workflow that was active before. */
  async activate({ connection, subscription }) {
    const { checkExists, create } = TYPES[TRIGGER].webhookMethods.default;
    const { hook, kept } = hooked(connection, subscription);
    const existed = await checkExists.call(hook);
    if (!existed) await create.call(hook);
    return { ...subscription, kept: kept(), existed };
  },

  async unsubscribe({ connection, subscription }) {
    const { hook } = hooked(connection, subscription);
    await TYPES[TRIGGER].webhookMethods.default.delete.call(hook);
  },

  /** A request has come to the trigger's address; its body as n8n reads it, and as its bytes came. */
  async receive({ connection, subscription: { node, kept }, headers, body, mode }) {
    const answered = {};
    const httpResponse = { status: (code) => ({ json: () => Object.assign(answered, { status: code }) }) };
    const httpRequest = { headers, body: JSON.parse(body), rawBody: Buffer.from(body) };
    const context = new core.WebhookContext(
      workflowOf(node, structuredClone(kept)), node, additional(connection, { httpRequest, httpResponse }), mode,
      { webhookDescription: TYPES[TRIGGER].description.webhooks[0] }, [], null,
    );
    const { workflowData } = await TYPES[TRIGGER].webhook.call(context);
    return { status: answered.status ?? 200, gave: workflowData?.[0].map(({ json }) => json) };
  },

  /** What a person sees in the list of calls. */
  async choices({ connection, filter, page }) {
    const node = nodeOf({ parameters: filledIn('getCall', {}) });
    const context = new core.LoadOptionsContext(workflowOf(node), node, additional(connection), '');
    return await TYPES[ACTION].methods.listSearch.getCalls.call(context, filter, page);
  },
};

function hooked(connection, { node, kept, webhookBaseUrl }) {
  const workflow = workflowOf(node, structuredClone(kept));
  const hook = new core.HookContext(workflow, node, additional(connection, { webhookBaseUrl }), 'trigger', 'activate');
  return { hook, kept: () => JSON.parse(JSON.stringify(workflow.staticData)) };
}

const TRIED_AGAIN = ['429', '503', 'unreachable'];
const KNOWN = ['NodeApiError', 'NodeOperationError', 'WorkflowHasIssuesError'];

/** How n8n shows the error. It has no kinds; whether a node is tried again is a person's setting. */
function kindOf({ name, message, description, httpCode }) {
  if (!KNOWN.includes(name)) return undefined;
  const told = { message: [message, description].filter(Boolean).join(' ') };
  if (httpCode === '401') return { ...told, kind: 'auth' };
  if (TRIED_AGAIN.includes(httpCode)) return { ...told, kind: 'retry' };
  return { ...told, kind: httpCode === 'unknown' ? 'unknown' : 'input' };
}

await serve(verbs, kindOf);
