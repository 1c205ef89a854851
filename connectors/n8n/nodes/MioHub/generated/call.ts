// Generated from schemas/ by `make connectors`. Do not edit.

import type { INodeProperties } from 'n8n-workflow';

export const callProperties: INodeProperties[] = [
  {
    displayName: "Operation",
    name: "operation",
    type: "options",
    noDataExpression: true,
    displayOptions: {
      show: {
        resource: [
          "call",
        ],
      },
    },
    options: [
      {
        name: "Cancel",
        value: "cancel",
        description: "Cancel a scheduled call, or hang up one that is under way",
        action: "Cancel a call",
      },
      {
        name: "Get",
        value: "get",
        description: "Get a call with its transcript, summary, cost and duration",
        action: "Get a call",
      },
      {
        name: "Get Many",
        value: "getAll",
        description: "Get many calls, newest first",
        action: "Get many calls",
      },
      {
        name: "Schedule",
        value: "schedule",
        description: "Schedule an AI phone call for a later time",
        action: "Schedule a call",
      },
      {
        name: "Start",
        value: "start",
        description: "Start an AI phone call and go on at once, without waiting for its result",
        action: "Start a call",
      },
      {
        name: "Start and Wait for Result",
        value: "startAndWait",
        description: "Start an AI phone call for each input item, wait until all have ended, and give their transcripts, summaries, costs and durations",
        action: "Start a call and wait for its result",
      },
      {
        name: "Start Batch",
        value: "startBatch",
        description: "Start an AI phone call for each input item, up to 100 with one request, and go on at once",
        action: "Start a batch of calls",
      },
    ],
    default: "start",
  },
  {
    displayName: "Phone Number",
    name: "phoneNumber",
    type: "string",
    placeholder: "e.g. +15551234567",
    required: true,
    default: "",
    description: "With country code, like +15551234567",
    displayOptions: {
      show: {
        resource: [
          "call",
        ],
        operation: [
          "schedule",
          "start",
          "startAndWait",
          "startBatch",
        ],
      },
    },
  },
  {
    displayName: "Instructions",
    name: "instructions",
    type: "string",
    typeOptions: {
      rows: 4,
    },
    required: true,
    default: "",
    description: "Say what to achieve and what the agent needs to know: names, times, limits",
    displayOptions: {
      show: {
        resource: [
          "call",
        ],
        operation: [
          "schedule",
          "start",
          "startAndWait",
          "startBatch",
        ],
      },
    },
  },
  {
    displayName: "Call At",
    name: "callAt",
    type: "dateTime",
    required: true,
    default: "",
    description: "When to call, like 2026-03-21T14:00:00Z",
    displayOptions: {
      show: {
        resource: [
          "call",
        ],
        operation: [
          "schedule",
        ],
      },
    },
  },
  {
    displayName: "Additional Fields",
    name: "additionalFields",
    type: "collection",
    placeholder: "Add Field",
    default: {},
    options: [
      {
        displayName: "Deduplication Key",
        name: "idempotencyKey",
        type: "string",
        default: "",
        description: "Something that is the same when this step is repeated for the same reason, like the ID of an order or a lead: the person is then called once",
      },
      {
        displayName: "First Message",
        name: "firstMessage",
        type: "string",
        typeOptions: {
          rows: 4,
        },
        default: "",
        description: "Leave empty to let the agent find its own words",
      },
      {
        displayName: "Name",
        name: "name",
        type: "string",
        default: "",
        description: "Who is being called, a person or a business. The agent is told.",
      },
    ],
    displayOptions: {
      show: {
        resource: [
          "call",
        ],
        operation: [
          "schedule",
          "start",
        ],
      },
    },
  },
  {
    displayName: "Simplify",
    name: "simplify",
    type: "boolean",
    default: true,
    description: "Whether to return a simplified version of the response instead of the raw data",
    displayOptions: {
      show: {
        resource: [
          "call",
        ],
        operation: [
          "startAndWait",
        ],
      },
    },
  },
  {
    displayName: "Additional Fields",
    name: "additionalFields",
    type: "collection",
    placeholder: "Add Field",
    default: {},
    options: [
      {
        displayName: "Deduplication Key",
        name: "idempotencyKey",
        type: "string",
        default: "",
        description: "Something that is the same when this step is repeated for the same reason, like the ID of an order or a lead: the person is then called once",
      },
      {
        displayName: "First Message",
        name: "firstMessage",
        type: "string",
        typeOptions: {
          rows: 4,
        },
        default: "",
        description: "Leave empty to let the agent find its own words",
      },
      {
        displayName: "Longest Wait",
        name: "callbackDeadlineSeconds",
        type: "number",
        typeOptions: {
          minValue: 1,
          maxValue: 2592000,
        },
        default: 3600,
        description: "In seconds. If the call has not ended by then, the result says so.",
      },
      {
        displayName: "Name",
        name: "name",
        type: "string",
        default: "",
        description: "Who is being called, a person or a business. The agent is told.",
      },
    ],
    displayOptions: {
      show: {
        resource: [
          "call",
        ],
        operation: [
          "startAndWait",
        ],
      },
    },
  },
  {
    displayName: "Additional Fields",
    name: "additionalFields",
    type: "collection",
    placeholder: "Add Field",
    default: {},
    options: [
      {
        displayName: "First Message",
        name: "firstMessage",
        type: "string",
        typeOptions: {
          rows: 4,
        },
        default: "",
        description: "Leave empty to let the agent find its own words",
      },
      {
        displayName: "Name",
        name: "name",
        type: "string",
        default: "",
        description: "Who is being called, a person or a business. The agent is told.",
      },
    ],
    displayOptions: {
      show: {
        resource: [
          "call",
        ],
        operation: [
          "startBatch",
        ],
      },
    },
  },
  {
    displayName: "Return All",
    name: "returnAll",
    type: "boolean",
    default: false,
    description: "Whether to return all results or only up to a given limit",
    displayOptions: {
      show: {
        resource: [
          "call",
        ],
        operation: [
          "getAll",
        ],
      },
    },
  },
  {
    displayName: "Limit",
    name: "limit",
    type: "number",
    typeOptions: {
      minValue: 1,
    },
    default: 50,
    description: "Max number of results to return",
    displayOptions: {
      show: {
        resource: [
          "call",
        ],
        operation: [
          "getAll",
        ],
        returnAll: [
          false,
        ],
      },
    },
  },
  {
    displayName: "Simplify",
    name: "simplify",
    type: "boolean",
    default: true,
    description: "Whether to return a simplified version of the response instead of the raw data",
    displayOptions: {
      show: {
        resource: [
          "call",
        ],
        operation: [
          "getAll",
          "get",
        ],
      },
    },
  },
  {
    displayName: "Filters",
    name: "filters",
    type: "collection",
    placeholder: "Add Filter",
    default: {},
    options: [
      {
        displayName: "Answered By",
        name: "answeredBy",
        type: "multiOptions",
        options: [
          {
            name: "Human",
            value: "human",
          },
          {
            name: "Unknown",
            value: "unknown",
          },
          {
            name: "Voicemail",
            value: "voicemail",
          },
        ],
        default: [],
        description: "Only calls that were answered by one of these",
      },
      {
        displayName: "Created After",
        name: "createdAfter",
        type: "dateTime",
        default: "",
        description: "Only calls that were asked for at this time or later",
      },
      {
        displayName: "Created Before",
        name: "createdBefore",
        type: "dateTime",
        default: "",
        description: "Only calls that were asked for before this time",
      },
      {
        displayName: "Direction",
        name: "direction",
        type: "options",
        options: [
          {
            name: "Inbound",
            value: "inbound",
          },
          {
            name: "Outbound",
            value: "outbound",
          },
        ],
        default: "outbound",
        description: "Only calls of this direction",
      },
      {
        displayName: "Phone Number",
        name: "toNumber",
        type: "string",
        placeholder: "e.g. +15551234567",
        default: "",
        description: "Only calls to this number, with its country code, like +15551234567",
      },
      {
        displayName: "Status",
        name: "status",
        type: "multiOptions",
        options: [
          {
            name: "Busy",
            value: "busy",
          },
          {
            name: "Canceled",
            value: "canceled",
          },
          {
            name: "Completed",
            value: "completed",
          },
          {
            name: "Failed",
            value: "failed",
          },
          {
            name: "In Progress",
            value: "in-progress",
          },
          {
            name: "Initiated",
            value: "initiated",
          },
          {
            name: "No Answer",
            value: "no-answer",
          },
          {
            name: "Ringing",
            value: "ringing",
          },
          {
            name: "Scheduled",
            value: "scheduled",
          },
        ],
        default: [],
        description: "Only calls with one of these statuses",
      },
    ],
    displayOptions: {
      show: {
        resource: [
          "call",
        ],
        operation: [
          "getAll",
        ],
      },
    },
  },
  {
    displayName: "Call",
    name: "callId",
    type: "resourceLocator",
    required: true,
    default: {
      mode: "list",
      value: "",
    },
    description: "Choose a call, or give the ID that an earlier step returned",
    modes: [
      {
        displayName: "From List",
        name: "list",
        type: "list",
        typeOptions: {
          searchListMethod: "getCalls",
          searchable: true,
        },
      },
      {
        displayName: "By ID",
        name: "id",
        type: "string",
        placeholder: "e.g. d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827",
        validation: [
          {
            type: "regex",
            properties: {
              regex: "[0-9a-fA-F-]{36}",
              errorMessage: "This is not the ID of a call",
            },
          },
        ],
      },
    ],
    displayOptions: {
      show: {
        resource: [
          "call",
        ],
        operation: [
          "get",
          "cancel",
        ],
      },
    },
  },
];
