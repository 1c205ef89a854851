import type {
	IExecuteFunctions,
	INodeExecutionData,
	IWebhookDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

import { LONGEST_WAIT } from '../generated/rules';
import type { Refusal } from '../hub/outcome';
import { ordersOf, paired, placeAll } from './batch';
import type { Orders, Placed } from './batch';
import { results, shownAs } from './call';
import type { Batch, Call, Standing } from './call';
import { startAndStay } from './polling';
import { place } from './starting';

/** What an execution that waits is waiting for. */
interface Waiting {
	/** Of the call, or of the batch. */
	id: string;
	/** For each input item: why it was never sent, or null. */
	refusals: Array<Refusal | null>;
}

interface Callback {
	call?: Call;
	batch?: Batch;
}

// n8n goes on by itself at its own limit; by then the hub must have told of its deadline.
const GRACE_SECONDS = 60;

/** The address at which n8n hears of the callback: `$execution.resumeUrl` itself, which bears n8n's own token. */
export const RESUME_WEBHOOKS: IWebhookDescription[] = [
	{
		name: 'default',
		httpMethod: 'POST',
		responseMode: 'onReceived',
		path: '',
		isFullPath: true,
		restartWebhook: true,
	},
];

/** Start a call for each input item, and wait until all have ended. */
export async function startAndWait(node: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const orders = ordersOf(node);
	const show = shownAs(node.getNodeParameter('simplify', 0, true));
	if (runsAsTool(node)) return results(await startAndStay(node, orders), show);
	const seconds = Math.max(...orders.accepted.map(({ longestWait }) => longestWait ?? LONGEST_WAIT));
	const { id, standings } = await placeWithCallback(node, orders, seconds);
	const standing = results(standings, show);
	if (!id || standings.every(({ call }) => !call)) return standing;
	await park(node, { id, refusals: orders.refusals }, standing, seconds);
	return standing.filter((_, item) => standings[item].call);
}

/** The hub's callback has come: the results take the place of the input items. */
export async function resume(this: IWebhookFunctions): Promise<IWebhookResponseData> {
	const { call, batch } = this.getBodyData() as Callback;
	const waiting = waitingIn(this);
	const id = call?.id ?? batch?.id;
	if (!id || (waiting && waiting.id !== id)) return refuse(this);
	const sent: Standing[] = batch?.calls ?? [{ call: call!, error: null }];
	const standings = paired(waiting?.refusals ?? sent.map(() => null), sent);
	return { workflowData: [results(standings, shownAs(this.getNodeParameter('simplify', true)))] };
}

/** One item's call alone, several as a batch: n8n resumes an execution once, so there is one callback for all. */
async function placeWithCallback(node: IExecuteFunctions, orders: Orders, seconds: number): Promise<Placed> {
	const callbackUrl = node.getWorkflowDataProxy(0).$execution.resumeUrl as string;
	const more = { callbackUrl, callbackDeadlineSeconds: seconds };
	const [first] = orders.accepted;
	if (!first || orders.refusals.length > 1) return await placeAll(node, orders, more);
	const { call, key } = first;
	const placed = await place(node, 0, { ...call, ...more }, key);
	return { id: placed.id, standings: [{ call: placed, error: null }] };
}

/**
 * Hands the execution to n8n until the callback. At its own limit n8n goes on with the node's input items as though
 * they were results: so what stands by now is put in their place, with `timedOut`.
 */
async function park(
	node: IExecuteFunctions,
	waiting: Waiting,
	standing: INodeExecutionData[],
	seconds: number,
): Promise<void> {
	node.getContext('node').waiting = JSON.stringify(waiting);
	node.getInputData().splice(0, Infinity, ...standing);
	await node.putExecutionToWait(new Date(Date.now() + (seconds + GRACE_SECONDS) * 1_000));
}

/** Undefined where this n8n does not show it; then its own token is all that is checked. */
function waitingIn(node: IWebhookFunctions): Waiting | undefined {
	const kept = node.evaluateExpression(`{{ $node["${escaped(node.getNode().name)}"].context.waiting }}`);
	return typeof kept === 'string' ? (JSON.parse(kept) as Waiting) : undefined;
}

/** For a string within an expression, whatever a person has named the node. */
function escaped(name: string): string {
	return name.replace(/[^\w ]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** To the hub: leave it. Such a callback is one for an earlier round of a loop, come too late. */
function refuse(node: IWebhookFunctions): IWebhookResponseData {
	node.getResponseObject().status(410).json({ error: 'This execution does not wait for this call.' });
	return { noWebhookResponse: true };
}

/** An agent's tool gives its result at once: it must not put the agent's whole execution to wait. */
function runsAsTool(node: IExecuteFunctions): boolean {
	return node.isToolExecution() || node.getNode().type.endsWith('Tool');
}
