import { MioHubError } from './errors';

/** What is asked of one input; lengths in characters. */
export interface Check {
  name: string;
  label: string;
  help: string;
  kind: string;
  required: boolean;
  pattern?: string;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}

export type Inputs = Record<string, unknown>;

/** The inputs that a person filled in. Throws MioHubError, before any request, about the first that is not right. */
export function checked(checks: readonly Check[], given: object): Inputs {
  const values = given as Inputs;
  const filled: Inputs = {};
  for (const check of checks) {
    const value = asAsked(check, values[check.name]);
    if (isEmpty(value)) {
      if (check.required) throw wrong(check, check.kind === 'phone' ? PHONE : 'is required.');
      continue;
    }
    const fault = faultOf(check, value);
    if (fault) throw wrong(check, fault);
    filled[check.name] = value;
  }
  return filled;
}

const PHONE = 'must be a phone number with country code and without spaces, like +15551234567.';

const TEXTS = new Set(['phone', 'text', 'id']);

/** A mapped number may come as its digits. */
function asAsked({ kind }: Check, value: unknown): unknown {
  return kind === 'integer' && typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
}

function faultOf(check: Check, value: unknown): string | undefined {
  if (check.kind === 'integer') return faultOfNumber(check, value);
  if (typeof value === 'string') return faultOfText(check, value);
  if (!TEXTS.has(check.kind)) return undefined;
  return check.kind === 'phone' ? PHONE : 'must be text.';
}

function faultOfText({ kind, pattern, maxLength, help }: Check, value: string): string | undefined {
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) return kind === 'phone' ? PHONE : `is not valid. ${help}`;
  if (maxLength !== undefined && Array.from(value).length > maxLength) return `is too long: at most ${String(maxLength)} characters.`;
  return undefined;
}

function faultOfNumber({ minimum, maximum }: Check, value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value)) return 'must be a whole number.';
  if (minimum !== undefined && value < minimum) return `must be at least ${String(minimum)}.`;
  return maximum !== undefined && value > maximum ? `must be at most ${String(maximum)}.` : undefined;
}

export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function wrong(check: Check, fault: string): MioHubError {
  return new MioHubError('refused', `${check.label} ${fault}`, { field: check.name });
}
