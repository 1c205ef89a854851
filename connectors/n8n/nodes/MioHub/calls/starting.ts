import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { answerIn, outcomeOf } from '../hub/ask';
import { keyFor } from '../hub/identity';
import { isHalted } from '../hub/outcome';
import type { Outcome } from '../hub/outcome';
import type { Call } from './call';
import { callAtOf, orderAt } from './inputs';

/** Start a call and go on. */
export async function start(node: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]> {
	const { call, key } = orderAt(node, itemIndex);
	return [await place(node, itemIndex, call, key)];
}

/** Start a call at a later time. */
export async function schedule(node: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]> {
	const { call, key } = orderAt(node, itemIndex);
	return [await place(node, itemIndex, { ...call, callAt: callAtOf(node, itemIndex) }, key)];
}

/**
 * `POST /calls`, which rings once however often this run of the node is repeated. A call that must not be made is not
 * asked for again by n8n's own tries within the execution.
 */
export async function place(
	node: IExecuteFunctions,
	itemIndex: number,
	body: IDataObject,
	given: string | undefined,
): Promise<Call> {
	const key = keyFor(node, 'call', itemIndex, given);
	const halted = node.getContext('node');
	const name = `halted ${node.getExecutionId()} ${key}`;
	const before = halted[name] as Outcome | undefined;
	const outcome = before ?? (await outcomeOf(node, { method: 'POST', path: '/calls', body, key, gives: 'id' }));
	if (isHalted(outcome)) halted[name] = outcome;
	return answerIn<Call>(node, outcome, itemIndex);
}
