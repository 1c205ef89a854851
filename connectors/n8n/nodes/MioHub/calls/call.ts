import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { ESSENTIAL } from '../generated/rules';
import type { Refusal } from '../hub/outcome';

/** A call as the hub has it. */
export interface Call extends IDataObject {
	id: string;
	status: string;
}

/** What became of one that was asked for: either it was accepted, or the hub says why not. */
export type Standing = { call: Call; error: null } | { call: null; error: Refusal };

/** A batch as the hub has it; its calls in the order in which they were sent. */
export interface Batch {
	id: string;
	status: 'open' | 'ended';
	calls: Standing[];
}

/** How a call is shown: whole, or simplified. */
export type Shown = (call: IDataObject) => IDataObject;

const FINAL = ['completed', 'no-answer', 'busy', 'failed', 'canceled'];

export function hasEnded(call: Call): boolean {
	return FINAL.includes(call.status);
}

/** How a person wants calls to be shown. */
export function shownAs(simplify: unknown): Shown {
	return simplify ? (call) => Object.fromEntries(ESSENTIAL.map((name) => [name, call[name]])) : (call) => call;
}

/** The items that stand for the input items, in their order, after a wait for the calls' ends. */
export function results(standings: Standing[], show: Shown): INodeExecutionData[] {
	return standings.map(({ call, error }, item) => ({
		json: call ? { ...show(call), timedOut: !hasEnded(call) } : refusedItem(error),
		pairedItem: { item },
	}));
}

/** In place of a call that was refused. n8n leads this to the error output, if the node has one. */
export function refusedItem(refusal: Refusal): IDataObject {
	const { error, ...details } = refusal;
	return { error, details };
}
