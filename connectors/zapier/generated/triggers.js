// Generated from schemas/ by `make connectors`. Do not edit.

export default {
  callCompleted: {
    key: "callCompleted",
    noun: "Call",
    display: {
      label: "Call Completed",
      description: "Triggers when a call has ended, with its transcript, summary, cost and duration.",
    },
    operation: {
      inputFields: [
        {
          key: "status",
          label: "Status",
          helpText: "Only calls with one of these statuses.",
          type: "string",
          list: true,
          choices: [
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
          key: "direction",
          label: "Direction",
          helpText: "Only calls of this direction.",
          type: "string",
          choices: [
            {
              value: "outbound",
              sample: "outbound",
              label: "Outbound",
            },
            {
              value: "inbound",
              sample: "inbound",
              label: "Inbound",
            },
          ],
        },
        {
          key: "answeredBy",
          label: "Answered By",
          helpText: "Only calls that were answered by one of these.",
          type: "string",
          list: true,
          choices: [
            {
              value: "human",
              sample: "human",
              label: "Human",
            },
            {
              value: "voicemail",
              sample: "voicemail",
              label: "Voicemail",
            },
            {
              value: "unknown",
              sample: "unknown",
              label: "Unknown",
            },
          ],
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
  callStarted: {
    key: "callStarted",
    noun: "Call",
    display: {
      label: "Call Started",
      description: "Triggers when a callee has picked up and the conversation begins.",
    },
    operation: {
      inputFields: [],
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
  voicemailLeft: {
    key: "voicemailLeft",
    noun: "Call",
    display: {
      label: "Voicemail Left",
      description: "Triggers when a call has reached a voicemail or another machine.",
    },
    operation: {
      inputFields: [],
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
  callUnanswered: {
    key: "callUnanswered",
    noun: "Call",
    display: {
      label: "Call Failed or Unanswered",
      description: "Triggers when a call has ended without a conversation: nobody answered, the line was busy, or it failed.",
    },
    operation: {
      inputFields: [],
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
