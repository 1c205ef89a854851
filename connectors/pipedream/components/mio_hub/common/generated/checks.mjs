// Generated from schemas/ by `make connectors`. Do not edit.

export const startCall = [
  {
    name: "phoneNumber",
    label: "Phone Number",
    help: "With country code, like +15551234567.",
    kind: "phone",
    required: true,
    pattern: "^\\+[1-9][0-9]{6,14}$",
    maxLength: 16,
  },
  {
    name: "instructions",
    label: "Instructions",
    help: "Say what to achieve and what the agent needs to know: names, times, limits.",
    kind: "text",
    required: true,
    pattern: "\\S",
    maxLength: 5000,
  },
  {
    name: "firstMessage",
    label: "First Message",
    help: "Leave empty to let the agent find its own words.",
    kind: "text",
    required: false,
    maxLength: 1000,
  },
  {
    name: "name",
    label: "Name",
    help: "Who is being called, a person or a business. The agent is told.",
    kind: "text",
    required: false,
    maxLength: 200,
  },
  {
    name: "idempotencyKey",
    label: "Deduplication Key",
    help: "Something that is the same when this step is repeated for the same reason, like the id of an order or a lead: the person is then called once.",
    kind: "text",
    required: false,
    pattern: "^[\\x20-\\x7e]+$",
    maxLength: 255,
  },
];

export const startCallAndWait = [
  {
    name: "phoneNumber",
    label: "Phone Number",
    help: "With country code, like +15551234567.",
    kind: "phone",
    required: true,
    pattern: "^\\+[1-9][0-9]{6,14}$",
    maxLength: 16,
  },
  {
    name: "instructions",
    label: "Instructions",
    help: "Say what to achieve and what the agent needs to know: names, times, limits.",
    kind: "text",
    required: true,
    pattern: "\\S",
    maxLength: 5000,
  },
  {
    name: "firstMessage",
    label: "First Message",
    help: "Leave empty to let the agent find its own words.",
    kind: "text",
    required: false,
    maxLength: 1000,
  },
  {
    name: "name",
    label: "Name",
    help: "Who is being called, a person or a business. The agent is told.",
    kind: "text",
    required: false,
    maxLength: 200,
  },
  {
    name: "callbackDeadlineSeconds",
    label: "Longest Wait",
    help: "In seconds. If the call has not ended by then, the result says so.",
    kind: "integer",
    required: false,
    minimum: 1,
    maximum: 2592000,
  },
  {
    name: "idempotencyKey",
    label: "Deduplication Key",
    help: "Something that is the same when this step is repeated for the same reason, like the id of an order or a lead: the person is then called once.",
    kind: "text",
    required: false,
    pattern: "^[\\x20-\\x7e]+$",
    maxLength: 255,
  },
];

export const scheduleCall = [
  {
    name: "phoneNumber",
    label: "Phone Number",
    help: "With country code, like +15551234567.",
    kind: "phone",
    required: true,
    pattern: "^\\+[1-9][0-9]{6,14}$",
    maxLength: 16,
  },
  {
    name: "instructions",
    label: "Instructions",
    help: "Say what to achieve and what the agent needs to know: names, times, limits.",
    kind: "text",
    required: true,
    pattern: "\\S",
    maxLength: 5000,
  },
  {
    name: "firstMessage",
    label: "First Message",
    help: "Leave empty to let the agent find its own words.",
    kind: "text",
    required: false,
    maxLength: 1000,
  },
  {
    name: "name",
    label: "Name",
    help: "Who is being called, a person or a business. The agent is told.",
    kind: "text",
    required: false,
    maxLength: 200,
  },
  {
    name: "callAt",
    label: "Call At",
    help: "When to call, like 2026-03-21T14:00:00Z.",
    kind: "time",
    required: true,
  },
  {
    name: "idempotencyKey",
    label: "Deduplication Key",
    help: "Something that is the same when this step is repeated for the same reason, like the id of an order or a lead: the person is then called once.",
    kind: "text",
    required: false,
    pattern: "^[\\x20-\\x7e]+$",
    maxLength: 255,
  },
];

export const cancelCall = [
  {
    name: "callId",
    label: "Call",
    help: "Choose a call, or give the id that an earlier step returned.",
    kind: "id",
    required: true,
  },
];

export const getCall = [
  {
    name: "callId",
    label: "Call",
    help: "Choose a call, or give the id that an earlier step returned.",
    kind: "id",
    required: true,
  },
];

export const listCalls = [
  {
    name: "status",
    label: "Status",
    help: "Only calls with one of these statuses.",
    kind: "choices",
    required: false,
  },
  {
    name: "toNumber",
    label: "Phone Number",
    help: "Only calls to this number, with its country code, like +15551234567.",
    kind: "phone",
    required: false,
    pattern: "^\\+[1-9][0-9]{6,14}$",
    maxLength: 16,
  },
  {
    name: "createdAfter",
    label: "Created After",
    help: "Only calls that were asked for at this time or later.",
    kind: "time",
    required: false,
  },
  {
    name: "createdBefore",
    label: "Created Before",
    help: "Only calls that were asked for before this time.",
    kind: "time",
    required: false,
  },
];

export const findLatestCall = [
  {
    name: "toNumber",
    label: "Phone Number",
    help: "Only calls to this number, with its country code, like +15551234567.",
    kind: "phone",
    required: true,
    pattern: "^\\+[1-9][0-9]{6,14}$",
    maxLength: 16,
  },
];
