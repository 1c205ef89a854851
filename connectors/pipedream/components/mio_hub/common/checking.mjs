import { failure } from "./errors.mjs";

const TEXTS = new Set([
  "phone",
  "text",
  "id",
]);
const PHONE = "must be a phone number with country code and without spaces, like +15551234567.";

/**
 * The inputs that a person filled in. Throws, before any request, about the first that is not right.
 * @param {object[]} checks  what is asked of each input, see generated/checks.mjs
 * @param {object} given
 * @returns {Record<string, any>}
 */
export function checked(checks, given) {
  const filled = {};
  for (const check of checks) {
    const value = asAsked(check, given[check.name]);
    const fault = faultOf(check, value);
    if (fault) {
      throw failure("refused", `${check.label} ${fault}`, {
        field: check.name,
      });
    }
    if (!isEmpty(value)) filled[check.name] = value;
  }
  return filled;
}

export function isEmpty(value) {
  return value === undefined || value === null || value === "" || value.length === 0;
}

/** Without what was left out. */
export function filled(given) {
  return Object.fromEntries(Object.entries(given).filter(([
    , value,
  ]) => !isEmpty(value)));
}

/** A mapped number may come as its digits. */
function asAsked({ kind }, value) {
  return kind === "integer" && /^\s*\d+\s*$/.test(value)
    ? Number(value)
    : value;
}

function faultOf(check, value) {
  if (isEmpty(value)) return check.required && faultOfForm(check, "is required.");
  if (check.kind === "integer") return faultOfNumber(check, value);
  if (typeof value === "string") return faultOfText(check, value);
  return TEXTS.has(check.kind) && faultOfForm(check, "must be text.");
}

function faultOfForm({ kind }, fault) {
  return kind === "phone"
    ? PHONE
    : fault;
}

function faultOfText({
  kind, pattern, maxLength, help,
}, value) {
  if (pattern && !new RegExp(pattern, "u").test(value)) {
    return kind === "phone"
      ? PHONE
      : `is not valid. ${help}`;
  }
  return maxLength && Array.from(value).length > maxLength
    && `is too long: at most ${maxLength} characters.`;
}

function faultOfNumber({
  minimum = -Infinity, maximum = Infinity,
}, value) {
  if (!Number.isInteger(value)) return "must be a whole number.";
  if (value < minimum) return `must be at least ${minimum}.`;
  return value > maximum && `must be at most ${maximum}.`;
}
