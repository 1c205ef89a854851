// Generated from schemas/ by `make connectors`. Do not edit.

export default {
  phoneNumber: {
    type: "string",
    label: "Phone Number",
    description: "With country code, like +15551234567.",
  },
  instructions: {
    type: "string",
    label: "Instructions",
    description: "Say what to achieve and what the agent needs to know: names, times, limits.",
  },
  firstMessage: {
    type: "string",
    label: "First Message",
    description: "Leave empty to let the agent find its own words.",
    optional: true,
  },
  name: {
    type: "string",
    label: "Name",
    description: "Who is being called, a person or a business. The agent is told.",
    optional: true,
  },
  idempotencyKey: {
    type: "string",
    label: "Deduplication Key",
    description: "Something that is the same when this step is repeated for the same reason, like the id of an order or a lead: the person is then called once.",
    optional: true,
  },
  callbackDeadlineSeconds: {
    type: "integer",
    label: "Longest Wait",
    description: "In seconds. If the call has not ended by then, the result says so.",
    min: 1,
    max: 2592000,
    optional: true,
  },
  callAt: {
    type: "string",
    label: "Call At",
    description: "When to call, like 2026-03-21T14:00:00Z. An ISO 8601 time with its zone, like `2026-03-21T14:00:00Z`.",
  },
  callId: {
    type: "string",
    label: "Call",
    description: "Choose a call, or give the id that an earlier step returned.",
  },
  status: {
    type: "string[]",
    label: "Status",
    description: "Only calls with one of these statuses.",
    options: [
      {
        label: "Scheduled",
        value: "scheduled",
      },
      {
        label: "Initiated",
        value: "initiated",
      },
      {
        label: "Ringing",
        value: "ringing",
      },
      {
        label: "In Progress",
        value: "in-progress",
      },
      {
        label: "Completed",
        value: "completed",
      },
      {
        label: "No Answer",
        value: "no-answer",
      },
      {
        label: "Busy",
        value: "busy",
      },
      {
        label: "Failed",
        value: "failed",
      },
      {
        label: "Canceled",
        value: "canceled",
      },
    ],
    optional: true,
  },
  toNumber: {
    type: "string",
    label: "Phone Number",
    description: "Only calls to this number, with its country code, like +15551234567.",
    optional: true,
  },
  createdAfter: {
    type: "string",
    label: "Created After",
    description: "Only calls that were asked for at this time or later. An ISO 8601 time with its zone, like `2026-03-21T14:00:00Z`.",
    optional: true,
  },
  createdBefore: {
    type: "string",
    label: "Created Before",
    description: "Only calls that were asked for before this time. An ISO 8601 time with its zone, like `2026-03-21T14:00:00Z`.",
    optional: true,
  },
  filterStatus: {
    type: "string[]",
    label: "Status",
    description: "Only calls with one of these statuses.",
    options: [
      {
        label: "Completed",
        value: "completed",
      },
      {
        label: "No Answer",
        value: "no-answer",
      },
      {
        label: "Busy",
        value: "busy",
      },
      {
        label: "Failed",
        value: "failed",
      },
      {
        label: "Canceled",
        value: "canceled",
      },
    ],
    optional: true,
  },
  filterDirection: {
    type: "string",
    label: "Direction",
    description: "Only calls of this direction.",
    options: [
      {
        label: "Outbound",
        value: "outbound",
      },
      {
        label: "Inbound",
        value: "inbound",
      },
    ],
    optional: true,
  },
  filterAnsweredBy: {
    type: "string[]",
    label: "Answered By",
    description: "Only calls that were answered by one of these.",
    options: [
      {
        label: "Human",
        value: "human",
      },
      {
        label: "Voicemail",
        value: "voicemail",
      },
      {
        label: "Unknown",
        value: "unknown",
      },
    ],
    optional: true,
  },
};
