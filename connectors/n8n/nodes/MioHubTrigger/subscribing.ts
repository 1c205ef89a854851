import { randomUUID } from 'crypto';
import type { IDataObject, IHookFunctions, IWebhookFunctions } from 'n8n-workflow';

import { ask, forget } from '../MioHub/hub/ask';
import { filled } from '../MioHub/hub/fields';
import { SUBSCRIPTIONS } from './generated/subscriptions';

/** What the trigger keeps in the workflow's static data: our webhook at the hub, and its secret. */
interface Kept extends IDataObject {
	webhookId?: string;
	secret?: string;
}

/** What our webhook is to be. */
interface Wanted {
	url: string;
	events: string[];
	filters: IDataObject;
}

interface Webhook extends Wanted {
	id: string;
	active: boolean;
	secret?: string;
}

export function kept(node: IHookFunctions | IWebhookFunctions): Kept {
	return node.getWorkflowStaticData('node') as Kept;
}

/** Whether the hub has our webhook as this node now wants it, and we its secret. */
export async function isSubscribed(node: IHookFunctions): Promise<boolean> {
	const { webhookId, secret } = kept(node);
	if (!webhookId || !secret) return false;
	return (await standing(node)).some((one) => one.id === webhookId && isAsWanted(one, wanted(node)));
}

/** Make our webhook. One that was left behind at this node's address goes first, so that no event comes twice. */
export async function subscribe(node: IHookFunctions): Promise<void> {
	await unsubscribe(node);
	for (const { id } of await standing(node)) await forget(node, pathOf(id));
	const { id, secret } = await ask<Webhook>(node, {
		method: 'POST',
		path: '/webhooks',
		body: wanted(node),
		key: randomUUID(),
		gives: 'id',
	});
	Object.assign(kept(node), { webhookId: id, secret });
}

/** Remove our webhook, and no other's. */
export async function unsubscribe(node: IHookFunctions): Promise<void> {
	const { webhookId } = kept(node);
	if (webhookId) await forget(node, pathOf(webhookId));
	delete kept(node).webhookId;
	delete kept(node).secret;
}

/** The webhooks at this node's own address. */
async function standing(node: IHookFunctions): Promise<Webhook[]> {
	const query = { url: node.getNodeWebhookUrl('default') };
	const { data } = await ask<{ data: Webhook[] }>(node, { method: 'GET', path: '/webhooks', query, gives: 'data' });
	return data;
}

function wanted(node: IHookFunctions): Wanted {
	const { event, filters: fixed } = SUBSCRIPTIONS[node.getNodeParameter('event') as string];
	const chosen = filled(node.getNodeParameter('filters', {}) as IDataObject);
	return {
		url: node.getNodeWebhookUrl('default') as string,
		events: [event],
		filters: { ...chosen, ...fixed },
	};
}

function isAsWanted({ active, url, events, filters }: Webhook, want: Wanted): boolean {
	return active && canonical({ url, events, filters }) === canonical(want);
}

/** Two that ask for the same have the same text, in whatever order. */
function canonical({ url, events, filters }: Wanted): string {
	const sorted = (value: unknown) => (Array.isArray(value) ? [...value].sort() : value);
	const entries = Object.entries(filters).map(([name, value]) => [name, sorted(value)]);
	return JSON.stringify([url, sorted(events), entries.sort()]);
}

function pathOf(webhookId: string): string {
	return `/webhooks/${encodeURIComponent(webhookId)}`;
}
