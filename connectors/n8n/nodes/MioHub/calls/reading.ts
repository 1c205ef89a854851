import type { IDataObject, IExecuteFunctions, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { CALL_ID, PHONE_NUMBER } from '../generated/rules';
import { ask } from '../hub/ask';
import { keyFor } from '../hub/identity';
import { list } from '../hub/pages';
import { shownAs } from './call';
import type { Call } from './call';
import { queryAt } from './inputs';

/** Get a call. */
export async function get(node: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]> {
	const call = await ask<Call>(node, { method: 'GET', path: pathAt(node, itemIndex), gives: 'id' }, itemIndex);
	return shownAt(node, itemIndex, [call]);
}

/** Get many calls, newest first. */
export async function getAll(node: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]> {
	const found = await list(node, '/calls', queryAt(node, itemIndex), limitAt(node, itemIndex), itemIndex);
	return shownAt(node, itemIndex, found);
}

/** Cancel a call, before or during it. */
export async function cancel(node: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]> {
	const path = `${pathAt(node, itemIndex)}/cancel`;
	const key = keyFor(node, 'cancel', itemIndex);
	return [await ask<Call>(node, { method: 'POST', path, key, gives: 'id' }, itemIndex)];
}

/** Calls to choose from, page by page; a phone number in the search box finds those to it. */
export async function getCalls(
	this: ILoadOptionsFunctions,
	filter?: string,
	cursor?: string,
): Promise<INodeListSearchResult> {
	const toNumber = filter && PHONE_NUMBER.test(filter) ? filter : undefined;
	const query = { limit: 50, ...(toNumber && { toNumber }), ...(cursor && { cursor }) };
	const question = { method: 'GET', path: '/calls', query, gives: 'data' } as const;
	const page = await ask<{ data: Call[]; nextCursor: string | null }>(this, question);
	const all = page.data.map((call) => ({ name: titleOf(call), value: call.id }));
	const results = toNumber ? all : all.filter(({ name }) => matches(name, filter));
	return { results, paginationToken: page.nextCursor ?? undefined };
}

/** How many results a person wants. */
export function limitAt(node: IExecuteFunctions, itemIndex: number): number {
	const returnAll = node.getNodeParameter('returnAll', itemIndex) as boolean;
	return returnAll ? Infinity : (node.getNodeParameter('limit', itemIndex) as number);
}

function pathAt(node: IExecuteFunctions, itemIndex: number): string {
	const id = String(node.getNodeParameter('callId', itemIndex, '', { extractValue: true }));
	if (CALL_ID.test(id)) return `/calls/${id}`;
	throw new NodeOperationError(node.getNode(), `“${id}” is not the ID of a call.`, {
		description: 'Field “Call”: choose one from the list, or give the ID that an earlier step returned.',
		itemIndex,
	});
}

function shownAt(node: IExecuteFunctions, itemIndex: number, calls: IDataObject[]): IDataObject[] {
	return calls.map(shownAs(node.getNodeParameter('simplify', itemIndex, true)));
}

function titleOf(call: Call): string {
	const whom = call.name ? `${call.name} (${call.toNumber})` : String(call.toNumber);
	return `${whom}, ${call.status}, ${String(call.createdAt).slice(0, 16).replace('T', ' ')} UTC`;
}

function matches(name: string, filter?: string): boolean {
	return !filter || name.toLowerCase().includes(filter.toLowerCase());
}
