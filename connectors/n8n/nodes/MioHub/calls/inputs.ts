import { DateTime } from 'luxon';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { DEDUPLICATION_KEY, LONGEST_KEY, LONGEST_OF_ALL, PHONE_NUMBER } from '../generated/rules';
import { filled } from '../hub/fields';

/** What a person asks for with one item. */
export interface Order {
	/** The body of `POST /calls`, without a callback. */
	call: IDataObject;
	/** The person's own Deduplication Key. */
	key?: string;
	/** The person's Longest Wait, in seconds. */
	longestWait?: number;
}

/**
 * The call that an item asks for.
 *
 * @throws NodeOperationError when its phone number, its instructions, its key or its longest wait are none
 */
export function orderAt(node: IExecuteFunctions, itemIndex: number): Order {
	const more = node.getNodeParameter('additionalFields', itemIndex, {}) as IDataObject;
	const { idempotencyKey, callbackDeadlineSeconds, ...described } = more;
	return {
		call: {
			phoneNumber: phoneNumberAt(node, itemIndex),
			instructions: instructionsAt(node, itemIndex),
			...filled(described),
		},
		key: isEmpty(idempotencyKey) ? undefined : keyIn(node, String(idempotencyKey), itemIndex),
		longestWait: isEmpty(callbackDeadlineSeconds) ? undefined : waitIn(node, callbackDeadlineSeconds, itemIndex),
	};
}

function isEmpty(value: unknown): boolean {
	return String(value ?? '').trim() === '';
}

function keyIn(node: IExecuteFunctions, key: string, itemIndex: number): string {
	if (DEDUPLICATION_KEY.test(key) && key.length <= LONGEST_KEY) return key;
	throw new NodeOperationError(node.getNode(), 'The Deduplication Key cannot be used.', {
		description: `Field “Deduplication Key”: give 1 to ${LONGEST_KEY} printable ASCII characters, like the ID of an order.`,
		itemIndex,
	});
}

function waitIn(node: IExecuteFunctions, given: unknown, itemIndex: number): number {
	const seconds = Number(given);
	if (Number.isInteger(seconds) && seconds >= 1 && seconds <= LONGEST_OF_ALL) return seconds;
	throw new NodeOperationError(node.getNode(), `“${given}” is no time to wait.`, {
		description: `Field “Longest Wait”: give whole seconds, from 1 to ${LONGEST_OF_ALL}.`,
		itemIndex,
	});
}

function instructionsAt(node: IExecuteFunctions, itemIndex: number): string {
	const given = node.getNodeParameter('instructions', itemIndex);
	if (!isEmpty(given)) return given as string;
	throw new NodeOperationError(node.getNode(), 'There are no instructions.', {
		description: 'Field “Instructions”: say what the call is to achieve.',
		itemIndex,
	});
}

/** The item's phone number. Throws NodeOperationError when it is none; it is never mended in silence. */
export function phoneNumberAt(node: IExecuteFunctions, itemIndex: number): string {
	return phoneNumberIn(node, node.getNodeParameter('phoneNumber', itemIndex), itemIndex);
}

function phoneNumberIn(node: IExecuteFunctions, value: unknown, itemIndex: number): string {
	const given = String(value);
	if (PHONE_NUMBER.test(given)) return given;
	throw new NodeOperationError(node.getNode(), `“${given}” is not a phone number in E.164 format.`, {
		description: 'Field “Phone Number”: give a plus, the country code and the number, digits only, like +15551234567.',
		itemIndex,
	});
}

/**
 * When the item's call is to be placed, with its zone. A time that n8n gives without one is in the workflow's time zone.
 *
 * @throws NodeOperationError when it is none: a call without a time would be placed at once
 */
export function callAtOf(node: IExecuteFunctions, itemIndex: number): string {
	const given = node.getNodeParameter('callAt', itemIndex);
	const time = isEmpty(given) ? undefined : inZone(String(given), node.getTimezone());
	if (time) return time;
	throw new NodeOperationError(node.getNode(), 'There is no time to call at.', {
		description: 'Field “Call At”: give a time, like 2026-03-21T14:00:00Z. Nobody was called.',
		itemIndex,
	});
}

/** The filters of Get Many as the query of `GET /calls`. Throws NodeOperationError for a phone number that is none. */
export function queryAt(node: IExecuteFunctions, itemIndex: number): IDataObject {
	const filters = filled(node.getNodeParameter('filters', itemIndex, {}) as IDataObject);
	if (filters.toNumber !== undefined) phoneNumberIn(node, filters.toNumber, itemIndex);
	const zone = node.getTimezone();
	return Object.fromEntries(
		Object.entries(filters).map(([name, value]) => [name, queried(name, value as string | string[], zone)]),
	);
}

function queried(name: string, value: string | string[], zone: string): string {
	if (Array.isArray(value)) return value.join(',');
	return name.startsWith('created') ? (inZone(value, zone) ?? value) : value;
}

/** The time in UTC; undefined for what is no time. */
function inZone(time: string, zone: string): string | undefined {
	return DateTime.fromISO(time, { zone }).toUTC().toISO() ?? undefined;
}
