import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { phoneNumberAt } from './calls/inputs';
import { limitAt } from './calls/reading';
import { ask } from './hub/ask';
import { keyFor } from './hub/identity';
import { list } from './hub/pages';

const PATH = '/do-not-call';

/** Add a number to the do-not-call list. */
export async function add(node: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]> {
	const body = { phoneNumber: phoneNumberAt(node, itemIndex) };
	const key = keyFor(node, 'doNotCall', itemIndex);
	return [await ask<IDataObject>(node, { method: 'POST', path: PATH, body, key, gives: 'phoneNumber' }, itemIndex)];
}

/** Remove a number from it. */
export async function remove(node: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]> {
	const path = `${PATH}/${encodeURIComponent(phoneNumberAt(node, itemIndex))}`;
	return [await ask<IDataObject>(node, { method: 'DELETE', path, gives: 'deleted' }, itemIndex)];
}

/** The numbers that are not called. */
export async function getAll(node: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]> {
	return await list(node, PATH, {}, limitAt(node, itemIndex), itemIndex);
}
