import { ask, carryOut, json } from './asking.js';

/** Start a call. Gives the call object. @param {{key?: string, sameAgain?: boolean}} identity  see carryOut */
export async function startCall(z, fields, identity) {
  return (await carryOut(z, { url: '/calls', method: 'POST', ...json(fields) }, identity)).data;
}

/** The identity of a step whose author gave a deduplication key; nothing otherwise. */
export const named = (deduplicationKey) => (deduplicationKey ? { key: deduplicationKey, sameAgain: true } : {});

/** A call, or undefined when there is none. @param {number} [wait]  seconds to wait until it has ended, at most 25 */
export async function getCall(z, id, wait) {
  const params = wait ? { wait } : {};
  return (await ask(z, { url: `/calls/${id}`, params, mayBeMissing: true })).data;
}

/** Calls, newest first. @param {Record<string, string | number | string[]>} query  of GET /calls */
export async function listCalls(z, query) {
  return (await ask(z, { url: '/calls', params: joined(query) })).data.data;
}

const joined = (query) => Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value].flat().join(',')]));
