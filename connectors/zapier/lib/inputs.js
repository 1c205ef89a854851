import { errors } from 'zapier-platform-core';

import generated from '../generated/rules.js';

/** @import { Rule, Value } from './types.js' */

/** @type {Record<string, Rule[]>} */
const rules = generated;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @param {string} value */
export const isCallId = (value) => UUID.test(value);

/**
 * The inputs of a step as the API wants them, without what was left empty.
 *
 * @param {string} step  a key of generated/rules.js
 * @param {Record<string, unknown>} given  as Zapier has them
 * @returns {Record<string, any>}
 * @throws {errors.Error} that names the field by its label
 */
export function inputsOf(step, given) {
  /** @type {Record<string, Value>} */
  const found = {};
  for (const rule of rules[step]) {
    const values = filled(given[rule.key]);
    const value = read(rule, values);
    const fault = value === undefined ? missing(rule) : (unreadable(rule, values) ?? faultOf(rule, value));
    if (fault) throw new errors.Error(`${rule.label} ${fault}.`, 'invalid_input', 400);
    if (value !== undefined) found[rule.key] = value;
  }
  return found;
}

/** What an input holds, which may be a list. @param {unknown} given @returns {unknown[]} */
const filled = (given) => [given].flat().filter((one) => String(one ?? '').trim() !== '');

/** @param {Rule} rule @param {unknown[]} values @returns {Value | undefined}  undefined for what is empty */
function read({ kind }, values) {
  if (values.length === 0) return undefined;
  if (kind === 'choices') return values.map(String);
  return kind === 'integer' ? Number(values[0]) : String(values[0]);
}

/** @param {Rule} rule @returns {string | undefined}  the end of a sentence that begins with the label */
const missing = ({ required }) => (required ? 'is required' : undefined);

/** What an earlier step may give in place of a text. @param {Rule} rule @param {unknown[]} values  likewise */
function unreadable({ kind }, values) {
  if (values.some((one) => typeof one === 'object')) return 'must be text';
  return values.length > 1 && kind !== 'choices' ? 'must be one value' : undefined;
}

/** @param {Rule} rule @param {Value} value @returns {string | undefined}  likewise */
function faultOf(rule, value) {
  if (typeof value === 'number') return ofNumber(rule, value);
  if (typeof value === 'string') return ofText(rule, value);
  return value.map((one) => ofText(rule, one)).find(Boolean);
}

/** @param {Rule} rule @param {number} value */
function ofNumber({ minimum = 0, maximum = Infinity }, value) {
  const within = Number.isInteger(value) && value >= minimum && value <= maximum;
  return within ? undefined : `must be a whole number from ${minimum} to ${maximum}`;
}

/** @param {Rule} rule @param {string} value */
function ofText({ pattern, rule, maxLength, choices }, value) {
  if (pattern && !new RegExp(pattern, 'u').test(value)) return `must be ${rule}`;
  if (maxLength && [...value].length > maxLength) return `must have at most ${maxLength} characters`;
  return choices && !choices.includes(value) ? `must be one of ${choices.join(', ')}` : undefined;
}
