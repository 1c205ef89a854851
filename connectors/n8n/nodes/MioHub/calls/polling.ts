import type { IExecuteFunctions } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';

import { LONGEST_WAIT } from '../generated/rules';
import { outcomeOf } from '../hub/ask';
import { isDone, mayPass } from '../hub/outcome';
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

/** Once it is placed, no error of asking for it may say that nothing was done: then it is given as it was. */
async function startOne(node: IExecuteFunctions, item: number, { call, key, longestWait }: Order): Promise<Call> {
	const until = Date.now() + (longestWait ?? LONGEST_WAIT) * 1_000;
	let placed = await place(node, item, call, key);
	while (!hasEnded(placed) && Date.now() < until) {
		const asked = Date.now();
		const wait = Math.max(1, Math.min(POLL_SECONDS, Math.floor((until - asked) / 1_000)));
		const path = `/calls/${placed.id}`;
		const outcome = await outcomeOf(node, { method: 'GET', path, query: { wait }, gives: 'id' });
		if (isDone(outcome)) placed = outcome.body as Call;
		else if (!mayPass(outcome)) return placed;
		if (!hasEnded(placed) && Date.now() - asked < PAUSE) await sleep(PAUSE);
	}
	return placed;
}
