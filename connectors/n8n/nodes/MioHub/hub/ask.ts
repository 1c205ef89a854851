import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	IHttpRequestMethods,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
} from 'n8n-workflow';
import { NodeApiError, sleep } from 'n8n-workflow';

import { adviceFor, pauseAfter, refusalIn } from './outcome';
import type { Outcome, Refusal } from './outcome';

/** Where a request comes from. */
export type Asking = IExecuteFunctions | IHookFunctions | ILoadOptionsFunctions;

/** One request: `path` is within the API, `key` names it so that it is carried out once. Every POST needs one. */
export interface Question {
	method: IHttpRequestMethods;
	path: string;
	query?: IDataObject;
	body?: object;
	key?: string;
}

const TIMEOUT = 60_000;

/**
 * The hub's answer.
 *
 * @param itemIndex the input item that it is for
 * @throws NodeApiError with the hub's own words
 */
export async function ask<Answer>(asking: Asking, question: Question, itemIndex?: number): Promise<Answer> {
	const outcome = await persistently(asking, question);
	if ('status' in outcome && outcome.status < 300) return outcome.body as Answer;
	throw errorFor(asking, outcome, itemIndex);
}

/** `DELETE`, which is done as well where there is nothing left to delete. */
export async function forget(asking: Asking, path: string): Promise<void> {
	const outcome = await persistently(asking, { method: 'DELETE', path });
	const isGone = 'status' in outcome && (outcome.status < 300 || outcome.status === 404);
	if (!isGone) throw errorFor(asking, outcome);
}

/** The error with which a node tells of a refusal. */
export function refused(asking: Asking, refusal: Refusal, httpCode = '400', itemIndex?: number): NodeApiError {
	const { error: message, ...details } = refusal;
	const description = adviceFor(refusal);
	return new NodeApiError(asking.getNode(), { message, ...details }, { message, description, httpCode, itemIndex });
}

async function persistently(asking: Asking, question: Question): Promise<Outcome> {
	for (let attempt = 1; ; attempt++) {
		const outcome = await once(asking, question);
		const pause = pauseAfter(outcome, attempt);
		if (pause === undefined) return outcome;
		await sleep(pause);
	}
}

async function once(asking: Asking, { method, path, query, body, key }: Question): Promise<Outcome> {
	const request: IHttpRequestOptions = {
		method,
		url: path,
		qs: query,
		body,
		json: true,
		headers: key ? { 'Idempotency-Key': key } : {},
		timeout: TIMEOUT,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
	};
	try {
		const answer = await asking.helpers.httpRequestWithAuthentication.call(asking, 'mioHubApi', request);
		return { status: answer.statusCode, body: answer.body, retryAfter: seconds(answer.headers['retry-after']) };
	} catch (error) {
		const code = error.cause?.code;
		if (typeof code !== 'string') throw new NodeApiError(asking.getNode(), error);
		return { lost: code, message: error.cause.message };
	}
}

function seconds(header: unknown): number | undefined {
	return typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : undefined;
}

function errorFor(asking: Asking, outcome: Outcome, itemIndex?: number): NodeApiError {
	const httpCode = 'status' in outcome ? String(outcome.status) : outcome.lost;
	return refused(asking, refusalIn(outcome), httpCode, itemIndex);
}
