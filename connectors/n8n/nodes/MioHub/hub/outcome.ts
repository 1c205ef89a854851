import type { IDataObject } from 'n8n-workflow';

/** What the hub says when it does not do something. */
export interface Refusal {
	error: string;
	code: string;
	field?: string;
	callId?: string;
}

/** Something answered; `isDone` where it was the hub, which did what was asked. */
export interface Answered {
	status: number;
	body: IDataObject;
	isDone: boolean;
	retryAfter?: number;
}

/** Or no answer came: `lost` is the code of the connection's error then. */
export type Outcome = Answered | { lost: string };

/** Errors after which it is certain that the request never reached the hub. */
const NEVER_SENT = [
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'CERT_HAS_EXPIRED',
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'ERR_TLS_CERT_ALTNAME_INVALID',
	'SELF_SIGNED_CERT_IN_CHAIN',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];
const NOT_NOW = [429, 503];
const LONGEST_PAUSE = 5_000;
const ATTEMPTS = 3;

/** Whether the hub has done what was asked. */
export function isDone(outcome: Outcome): outcome is Answered {
	return 'status' in outcome && outcome.isDone;
}

/** Whether the call must not be made, now or at all: to try again soon would ring somebody right after another call. */
export function isHalted(outcome: Outcome): boolean {
	return 'status' in outcome && ['call_active', 'do_not_call'].includes(outcome.body.code as string);
}

/** Whether the request may have been carried out although its answer never came. */
export function isUnknown(outcome: Outcome): boolean {
	if ('status' in outcome) return outcome.status >= 500 && !NOT_NOW.includes(outcome.status);
	return !NEVER_SENT.includes(outcome.lost);
}

/** Whether it tells what became of the same request, sent before, of which that was not known. */
export function isCertain(outcome: Outcome): boolean {
	if (!('status' in outcome) || isUnknown(outcome) || NOT_NOW.includes(outcome.status)) return false;
	return outcome.isDone || (outcome.status >= 400 && outcome.body.code !== 'idempotency_in_progress');
}

/** Whether the same question may have an answer a while later. */
export function mayPass(outcome: Outcome): boolean {
	return !('status' in outcome) || isUnknown(outcome) || NOT_NOW.includes(outcome.status);
}

/**
 * How long to wait before the same request is sent again, in milliseconds; undefined to leave it.
 * Repeating is safe: a request that starts something carries the same Idempotency-Key each time.
 *
 * @param attempt how often it has been sent
 */
export function pauseAfter(outcome: Outcome, attempt: number): number | undefined {
	if (attempt >= ATTEMPTS) return undefined;
	if (isUnknown(outcome)) return attempt === 1 ? 0 : undefined;
	if (!('status' in outcome)) return undefined;
	if (outcome.body.code === 'idempotency_in_progress') return 1_000;
	const asked = (outcome.retryAfter ?? Infinity) * 1_000;
	return NOT_NOW.includes(outcome.status) && asked <= LONGEST_PAUSE ? asked : undefined;
}

/** The hub's refusal; in our words where something between us answered in its place. */
export function refusalIn(outcome: Outcome): Refusal {
	if ('lost' in outcome || isUnknown(outcome)) return lost(outcome);
	const { error, code, field, callId } = outcome.body as Partial<Refusal>;
	if (typeof error === 'string' && typeof code === 'string') return { error, code, field, callId };
	return {
		error: `The answer came from something other than a hub (HTTP ${outcome.status}). Check the base URL.`,
		code: 'no_hub',
	};
}

function lost(outcome: Outcome): Refusal {
	return isUnknown(outcome)
		? { error: 'No answer of the hub’s tells: it is not known whether it did what was asked.', code: 'unknown' }
		: { error: 'The hub cannot be reached. Nothing was done.', code: 'unreachable' };
}

/**
 * What a person, or an agent, can do about it, where the hub's own sentence leaves that open.
 *
 * @param isNamed whether the same request made again bears the same key
 */
export function adviceFor(refusal: Refusal, isNamed: boolean): string {
	const advice: Record<string, string> = {
		unauthenticated: 'Check the API key in this node’s credential.',
		insufficient_balance: 'Add funds to the account, then run the workflow again.',
		do_not_call: 'Remove the number from the do-not-call list only if the person has agreed to be called.',
		call_active: `Wait until call ${refusal.callId} has ended, or cancel it. Calling again at once would ring the same person twice.`,
		idempotency_conflict:
			'This run has already placed this call with other values, and does not place it twice. Start the workflow anew to call again.',
		idempotency_in_progress: 'Turn on “Retry On Fail” in the node’s settings to wait for it.',
		unknown: isNamed
			? 'Trying again within the same execution is safe: the hub tells the request by its key, and calls nobody twice.'
			: 'Do not ask for the call again before you have looked for it among the calls: the person may have been called.',
		unreachable: 'Turn on “Retry On Fail” in the node’s settings, or run the workflow again later.',
	};
	return advice[refusal.code] ?? (refusal.field ? `Check the field “${refusal.field}”.` : '');
}
