import { errors } from 'zapier-platform-core';

import rules from '../generated/rules.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const isCallId = (value) => UUID.test(value);

/**
 * The inputs of a step as the API wants them, without what was left empty.
 *
 * @param {string} action  a key of generated/rules.js
 * @param {Record<string, unknown>} given  as Zapier has them
 * @returns {Record<string, any>}
 * @throws {errors.Error} that names the field by its label
 */
export function inputsOf(action, given) {
  const found = {};
  for (const rule of rules[action]) {
    const value = read(rule, given[rule.key]);
    const fault = faultOf(rule, value);
    if (fault) throw new errors.Error(`${rule.label} ${fault}.`, 'invalid_input', 400);
    if (value !== undefined) found[rule.key] = value;
  }
  return found;
}

/** @returns {string | number | string[] | undefined}  undefined for what is empty */
export function read({ kind }, given) {
  const values = [given].flat().filter((one) => one !== undefined && one !== null && String(one).trim() !== '');
  if (values.length === 0) return undefined;
  if (kind === 'choices') return values.map(String);
  return kind === 'integer' ? Number(values[0]) : String(values[0]);
}

/** What is wrong with a value, as the end of a sentence that begins with its label. */
function faultOf(rule, value) {
  if (value === undefined) return rule.required && 'is required';
  if (rule.kind === 'integer') return isWithin(rule, value) ? undefined : `must be ${span(rule)}`;
  if (rule.pattern && !new RegExp(rule.pattern, 'u').test(value)) return `must be ${rule.rule}`;
  if (rule.maxLength && [...value].length > rule.maxLength) return `must have at most ${rule.maxLength} characters`;
  if (rule.choices && ![value].flat().every((one) => rule.choices.includes(one))) {
    return `must be one of ${rule.choices.join(', ')}`;
  }
  return undefined;
}

const isWithin = ({ minimum, maximum }, value) => Number.isInteger(value) && value >= minimum && value <= maximum;
const span = ({ minimum, maximum }) => `a whole number from ${minimum} to ${maximum}`;
