import type { IExecuteFunctions } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';

import { LONGEST_WAIT } from '../generated/rules';
import { ask } from '../hub/ask';
import type { Orders } from './batch';
import { hasEnded } from './call';
import type { Call, Standing } from './call';
import type { Order } from './inputs';
import { place } from './starting';

// As long as the hub holds a request back, and a pause after one that it answered at once.
const POLL_SECONDS = 25;
const PAUSE = 1_000;

/** Start a call for each input item, one after another, and stay until each has ended or its longest wait is over. */
export async function startAndStay(node: IExecuteFunctions, orders: Orders): Promise<Standing[]> {
	const next = orders.accepted.values();
	const standings: Standing[] = [];
	for (const [item, error] of orders.refusals.entries()) {
		if (error) standings.push({ call: null, error });
		else standings.push({ call: await startOne(node, item, next.next().value as Order), error: null });
	}
	return standings;
}

async function startOne(node: IExecuteFunctions, item: number, { call, key, longestWait }: Order): Promise<Call> {
	const until = Date.now() + (longestWait ?? LONGEST_WAIT) * 1_000;
	let placed = await place(node, item, call, key);
	while (!hasEnded(placed) && Date.now() < until) {
		const asked = Date.now();
		const wait = Math.max(1, Math.min(POLL_SECONDS, Math.floor((until - asked) / 1_000)));
		placed = await ask<Call>(node, { method: 'GET', path: `/calls/${placed.id}`, query: { wait } }, item);
		if (!hasEnded(placed) && Date.now() - asked < PAUSE) await sleep(PAUSE);
	}
	return placed;
}
