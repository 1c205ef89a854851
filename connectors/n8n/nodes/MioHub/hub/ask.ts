import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	IHttpRequestMethods,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IN8nHttpFullResponse,
} from 'n8n-workflow';
import { NodeApiError, sleep } from 'n8n-workflow';

import { isNamed } from './identity';
import { adviceFor, isCertain, isDone, isUnknown, pauseAfter, refusalIn } from './outcome';
import type { Answered, Outcome, Refusal } from './outcome';

/** Where a request comes from. */
export type Asking = IExecuteFunctions | IHookFunctions | ILoadOptionsFunctions;

/**
 * One request: `path` is within the API, `key` names it so that it is carried out once. Every POST needs one. `gives` is
 * a field of the hub's answer: what has none was answered by something else.
 */
export interface Question {
	method: IHttpRequestMethods;
	path: string;
	gives: string;
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
	return answerIn<Answer>(asking, await outcomeOf(asking, question), itemIndex);
}

/** The answer in an outcome. Throws NodeApiError where there is none. */
export function answerIn<Answer>(asking: Asking, outcome: Outcome, itemIndex?: number): Answer {
	if (isDone(outcome)) return outcome.body as Answer;
	throw errorFor(asking, outcome, itemIndex);
}

/** `DELETE`, which is done as well where there is nothing left to delete. */
export async function forget(asking: Asking, path: string): Promise<void> {
	const outcome = await outcomeOf(asking, { method: 'DELETE', path, gives: 'deleted' });
	const isGone = 'status' in outcome && outcome.body.code === 'not_found';
	if (!isDone(outcome) && !isGone) throw errorFor(asking, outcome);
}

/** The error with which a node tells of a refusal. */
export function refused(asking: Asking, refusal: Refusal, httpCode?: string, itemIndex?: number): NodeApiError {
	const { error: message, ...details } = refusal;
	const description = adviceFor(refusal, isNamed(asking));
	return new NodeApiError(asking.getNode(), { message, ...details }, { message, description, httpCode, itemIndex });
}

/** What comes of a request, and of its repetitions where those are safe and may help. */
export async function outcomeOf(asking: Asking, question: Question): Promise<Outcome> {
	let doubt: Outcome | undefined;
	for (let attempt = 1; ; attempt++) {
		const outcome = await once(asking, question);
		if (isUnknown(outcome)) doubt = outcome;
		const pause = pauseAfter(outcome, attempt);
		if (pause === undefined) return doubt && !isCertain(outcome) ? doubt : outcome;
		await sleep(pause);
	}
}

async function once(asking: Asking, { method, path, query, body, key, gives }: Question): Promise<Outcome> {
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
		return answered(answer, gives);
	} catch (error) {
		const code = error.cause?.code;
		if (typeof code !== 'string') throw new NodeApiError(asking.getNode(), error);
		return { lost: code };
	}
}

function answered({ statusCode: status, body: given, headers }: IN8nHttpFullResponse, gives: string): Answered {
	const body = isObject(given) ? given : {};
	const isDone = status >= 200 && status < 300 && isFilled(body[gives]);
	return { status, body, isDone, retryAfter: seconds(headers['retry-after']) };
}

function isObject(body: unknown): body is IDataObject {
	return typeof body === 'object' && body !== null && !Array.isArray(body);
}

/** An id, a list, or that something was deleted. */
function isFilled(value: unknown): boolean {
	return typeof value === 'string' || Array.isArray(value) || value === true;
}

function seconds(header: unknown): number | undefined {
	return typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : undefined;
}

function errorFor(asking: Asking, outcome: Outcome, itemIndex?: number): NodeApiError {
	const httpCode = 'status' in outcome && !isUnknown(outcome) ? String(outcome.status) : undefined;
	return refused(asking, refusalIn(outcome), httpCode, itemIndex);
}
