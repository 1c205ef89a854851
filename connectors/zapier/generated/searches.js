// Generated from schemas/ by `make connectors`. Do not edit.

export default {
  findCall: {
    key: "findCall",
    noun: "Call",
    display: {
      label: "Find Call",
      description: "Finds the newest call by its number, status or time, or one that you name.",
    },
    operation: {
      inputFields: [
        {
          key: "callId",
          label: "Call",
          helpText: "Choose a call, or give the id that an earlier step returned; or search below.",
          type: "string",
          dynamic: "listCalls.id.label",
        },
        {
          key: "status",
          label: "Status",
          helpText: "Only calls with one of these statuses.",
          type: "string",
          list: true,
          choices: [
            {
              value: "scheduled",
              sample: "scheduled",
              label: "Scheduled",
            },
            {
              value: "initiated",
              sample: "initiated",
              label: "Initiated",
            },
            {
              value: "ringing",
              sample: "ringing",
              label: "Ringing",
            },
            {
              value: "in-progress",
              sample: "in-progress",
              label: "In Progress",
            },
            {
              value: "completed",
              sample: "completed",
              label: "Completed",
            },
            {
              value: "no-answer",
              sample: "no-answer",
              label: "No Answer",
            },
            {
              value: "busy",
              sample: "busy",
              label: "Busy",
            },
            {
              value: "failed",
              sample: "failed",
              label: "Failed",
            },
            {
              value: "canceled",
              sample: "canceled",
              label: "Canceled",
            },
          ],
        },
        {
          key: "toNumber",
          label: "Phone Number",
          helpText: "Only calls to this number, with its country code, like +15551234567.",
          type: "string",
          placeholder: "+15551234567",
        },
        {
          key: "createdAfter",
          label: "Created After",
          helpText: "Only calls that were asked for at this time or later.",
          type: "datetime",
        },
        {
          key: "createdBefore",
          label: "Created Before",
          helpText: "Only calls that were asked for before this time.",
          type: "datetime",
        },
      ],
      outputFields: [
        {
          key: "id",
          label: "Call ID",
          type: "string",
          primary: true,
        },
        {
          key: "direction",
          label: "Direction",
          type: "string",
        },
        {
          key: "status",
          label: "Status",
          type: "string",
        },
        {
          key: "name",
          label: "Name",
          type: "string",
        },
        {
          key: "toNumber",
          label: "To",
          type: "string",
        },
        {
          key: "fromNumber",
          label: "From",
          type: "string",
        },
        {
          key: "instructions",
          label: "Instructions",
          type: "string",
        },
        {
          key: "summary",
          label: "Summary",
          type: "string",
        },
        {
          key: "transcript",
          label: "Transcript",
          children: [
            {
              key: "role",
              label: "Role",
              type: "string",
            },
            {
              key: "text",
              label: "Text",
              type: "string",
            },
          ],
        },
        {
          key: "cost",
          label: "Cost",
          type: "integer",
        },
        {
          key: "duration",
          label: "Duration",
          type: "integer",
        },
        {
          key: "attempt",
          label: "Attempt",
          type: "integer",
        },
        {
          key: "startedAt",
          label: "Started",
          type: "datetime",
        },
        {
          key: "endedAt",
          label: "Ended",
          type: "datetime",
        },
        {
          key: "createdAt",
          label: "Created",
          type: "datetime",
        },
        {
          key: "firstMessage",
          label: "First Message",
          type: "string",
        },
        {
          key: "callAt",
          label: "Call At",
          type: "datetime",
        },
        {
          key: "answeredBy",
          label: "Answered By",
          type: "string",
        },
        {
          key: "endReason",
          label: "End Reason",
          type: "string",
        },
        {
          key: "test",
          label: "Test",
          type: "boolean",
        },
      ],
      sample: {
        id: "d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827",
        direction: "outbound",
        status: "completed",
        name: "Joe's Pizza",
        toNumber: "+15551234567",
        fromNumber: "+15559876543",
        instructions: "Order a large pepperoni for pickup at 7pm.",
        summary: "Ordered a large pepperoni pizza for pickup at 7pm. Total $18.50.",
        transcript: [
          {
            role: "agent",
            text: "Hi, I'd like to place an order for pickup please.",
          },
          {
            role: "human",
            text: "Sure, what can I get for you?",
          },
        ],
        cost: 42,
        duration: 45,
        attempt: 1,
        startedAt: "2026-03-20T18:30:05.000Z",
        endedAt: "2026-03-20T18:30:50.000Z",
        createdAt: "2026-03-20T18:30:00.000Z",
        firstMessage: "Hi, I'd like to place an order for pickup please.",
        callAt: null,
        answeredBy: "human",
        endReason: "agent_hangup",
        test: false,
      },
    },
  },
  findLatestCall: {
    key: "findLatestCall",
    noun: "Call",
    display: {
      label: "Find Latest Call With a Number",
      description: "Finds the newest call with a phone number.",
    },
    operation: {
      inputFields: [
        {
          key: "toNumber",
          label: "Phone Number",
          helpText: "Only calls to this number, with its country code, like +15551234567.",
          type: "string",
          required: true,
          placeholder: "+15551234567",
        },
      ],
      outputFields: [
        {
          key: "id",
          label: "Call ID",
          type: "string",
          primary: true,
        },
        {
          key: "direction",
          label: "Direction",
          type: "string",
        },
        {
          key: "status",
          label: "Status",
          type: "string",
        },
        {
          key: "name",
          label: "Name",
          type: "string",
        },
        {
          key: "toNumber",
          label: "To",
          type: "string",
        },
        {
          key: "fromNumber",
          label: "From",
          type: "string",
        },
        {
          key: "instructions",
          label: "Instructions",
          type: "string",
        },
        {
          key: "summary",
          label: "Summary",
          type: "string",
        },
        {
          key: "transcript",
          label: "Transcript",
          children: [
            {
              key: "role",
              label: "Role",
              type: "string",
            },
            {
              key: "text",
              label: "Text",
              type: "string",
            },
          ],
        },
        {
          key: "cost",
          label: "Cost",
          type: "integer",
        },
        {
          key: "duration",
          label: "Duration",
          type: "integer",
        },
        {
          key: "attempt",
          label: "Attempt",
          type: "integer",
        },
        {
          key: "startedAt",
          label: "Started",
          type: "datetime",
        },
        {
          key: "endedAt",
          label: "Ended",
          type: "datetime",
        },
        {
          key: "createdAt",
          label: "Created",
          type: "datetime",
        },
        {
          key: "firstMessage",
          label: "First Message",
          type: "string",
        },
        {
          key: "callAt",
          label: "Call At",
          type: "datetime",
        },
        {
          key: "answeredBy",
          label: "Answered By",
          type: "string",
        },
        {
          key: "endReason",
          label: "End Reason",
          type: "string",
        },
        {
          key: "test",
          label: "Test",
          type: "boolean",
        },
      ],
      sample: {
        id: "d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827",
        direction: "outbound",
        status: "completed",
        name: "Joe's Pizza",
        toNumber: "+15551234567",
        fromNumber: "+15559876543",
        instructions: "Order a large pepperoni for pickup at 7pm.",
        summary: "Ordered a large pepperoni pizza for pickup at 7pm. Total $18.50.",
        transcript: [
          {
            role: "agent",
            text: "Hi, I'd like to place an order for pickup please.",
          },
          {
            role: "human",
            text: "Sure, what can I get for you?",
          },
        ],
        cost: 42,
        duration: 45,
        attempt: 1,
        startedAt: "2026-03-20T18:30:05.000Z",
        endedAt: "2026-03-20T18:30:50.000Z",
        createdAt: "2026-03-20T18:30:00.000Z",
        firstMessage: "Hi, I'd like to place an order for pickup please.",
        callAt: null,
        answeredBy: "human",
        endReason: "agent_hangup",
        test: false,
      },
    },
  },
};
