import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { ask, refused } from '../hub/ask';
import { keyFor } from '../hub/identity';
import type { Refusal } from '../hub/outcome';
import { refusedItem } from './call';
import type { Batch, Standing } from './call';
import { orderAt } from './inputs';
import type { Order } from './inputs';

const LARGEST_BATCH = 100;

/** What the input items ask for. */
export interface Orders {
	accepted: Order[];
	/** For each input item: null, or why it asks for no call, which only a node that goes on in spite of errors has. */
	refusals: Array<Refusal | null>;
}

/** What became of each input item; `id` of the call or batch that was made, if one was. */
export interface Placed {
	id?: string;
	standings: Standing[];
}

/** Start a call for each input item with one request, and go on. */
export async function startBatch(node: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const { standings } = await placeAll(node, ordersOf(node), {});
	return standings.map(({ call, error }, item) => ({ json: call ?? refusedItem(error), pairedItem: { item } }));
}

/**
 * Reads all input items before anything is started.
 *
 * @throws NodeOperationError when there are too many for one batch, or one asks for no call
 */
export function ordersOf(node: IExecuteFunctions): Orders {
	const items = node.getInputData();
	if (items.length > LARGEST_BATCH) {
		throw new NodeOperationError(
			node.getNode(),
			`There are ${items.length} items; a batch has up to ${LARGEST_BATCH}.`,
			{
				description: `Put a “Loop Over Items” node with a batch size of ${LARGEST_BATCH} before this one. Nobody was called.`,
			},
		);
	}
	const accepted: Order[] = [];
	const refusals = items.map((_, itemIndex) => {
		const order = orderOrRefusal(node, itemIndex);
		if ('error' in order) return order;
		accepted.push(order);
		return null;
	});
	return { accepted, refusals };
}

/**
 * `POST /calls/batch`.
 *
 * @param more the callback and its deadline
 * @throws NodeOperationError when a call has a key of its own, which a batch cannot keep to
 * @throws NodeApiError when no call was started
 */
export async function placeAll(node: IExecuteFunctions, orders: Orders, more: IDataObject): Promise<Placed> {
	const { accepted, refusals } = orders;
	if (accepted.length === 0) return { standings: paired(refusals, []) };
	if (accepted.some(({ key }) => key)) throw keyed(node);
	const body = { calls: accepted.map(({ call }) => call), ...more };
	const key = keyFor(node, 'batch', 0);
	const question = { method: 'POST', path: '/calls/batch', body, key, gives: 'id' } as const;
	const batch = await ask<Batch>(node, question);
	const standings = paired(refusals, batch.calls);
	const first = standings.find(({ error }) => error)?.error;
	if (first && !node.continueOnFail() && standings.every(({ call }) => !call)) throw refused(node, first);
	return { id: batch.id, standings };
}

/** The calls of a batch put beside the input items, of which some were never sent. */
export function paired(refusals: Array<Refusal | null>, sent: Standing[]): Standing[] {
	const next = sent.values();
	return refusals.map((error) => (error ? { call: null, error } : (next.next().value as Standing)));
}

function keyed(node: IExecuteFunctions): NodeOperationError {
	return new NodeOperationError(
		node.getNode(),
		'Several calls that are started together cannot have Deduplication Keys.',
		{
			description:
				'Put a “Loop Over Items” node with a batch size of 1 before this one, or leave the keys empty. Nobody was called.',
		},
	);
}

function orderOrRefusal(node: IExecuteFunctions, itemIndex: number): Order | Refusal {
	try {
		return orderAt(node, itemIndex);
	} catch (error) {
		if (node.continueOnFail()) return { error: error.message, code: 'invalid_item' };
		throw new NodeOperationError(node.getNode(), error, { itemIndex });
	}
}
