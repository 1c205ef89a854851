import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { ask } from '../hub/ask';
import { keyFor } from '../hub/identity';
import type { Call } from './call';
import { orderAt, timeAt } from './inputs';

/** Start a call and go on. */
export async function start(node: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]> {
	const { call, key } = orderAt(node, itemIndex);
	return [await place(node, itemIndex, call, key)];
}

/** Start a call at a later time. */
export async function schedule(node: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]> {
	const { call, key } = orderAt(node, itemIndex);
	return [await place(node, itemIndex, { ...call, callAt: timeAt(node, 'callAt', itemIndex) }, key)];
}

/** `POST /calls`, which rings once however often this run of the node is repeated. */
export async function place(
	node: IExecuteFunctions,
	itemIndex: number,
	body: IDataObject,
	key: string | undefined,
): Promise<Call> {
	return await ask<Call>(
		node,
		{ method: 'POST', path: '/calls', body, key: keyFor(node, 'call', itemIndex, key) },
		itemIndex,
	);
}
