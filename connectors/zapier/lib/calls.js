import { ask, carryOut, json } from './asking.js';
import { isCallId } from './inputs.js';
import { notTheHub } from './refusals.js';

/** @import { ZObject } from 'zapier-platform-core' */
/** @import { Identity, Value } from './types.js' */

const BEYOND_THE_WAIT_MILLISECONDS = 5_000;

/**
 * Start a call. Gives the call object; what is none is no success.
 *
 * @param {ZObject} z
 * @param {Record<string, Value>} fields
 * @param {Identity} [identity]
 */
export async function startCall(z, fields, identity) {
  const { data } = await carryOut(z, { url: '/calls', method: 'POST', ...json(fields) }, identity);
  if (!isCallId(data.id)) throw notTheHub();
  return data;
}

/**
 * The identity of a step whose author gave a deduplication key; nothing otherwise.
 *
 * @param {string | undefined} deduplicationKey
 * @returns {Identity}
 */
export const named = (deduplicationKey) => (deduplicationKey ? { key: deduplicationKey, sameAgain: true } : {});

/**
 * A call, or undefined when there is none.
 *
 * @param {ZObject} z
 * @param {string} id
 * @param {number} [wait]  seconds to wait until it has ended, at most 25
 */
export async function getCall(z, id, wait) {
  const waiting = wait ? { params: { wait }, timeout: wait * 1000 + BEYOND_THE_WAIT_MILLISECONDS } : {};
  return (await ask(z, { url: `/calls/${id}`, ...waiting, middlewareData: { mayBeMissing: true } })).data;
}

/**
 * Calls, newest first.
 *
 * @param {ZObject} z
 * @param {Record<string, Value>} query  of GET /calls
 * @returns {Promise<Record<string, any>[]>}
 */
export async function listCalls(z, query) {
  const { data } = (await ask(z, { url: '/calls', params: joined(query) })).data;
  if (!Array.isArray(data)) throw notTheHub();
  return data;
}

/** @param {Record<string, Value>} query */
const joined = (query) =>
  Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value].flat().join(',')]));
