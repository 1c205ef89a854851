// Generated from schemas/ by connectors/generation/zapier.py. Do not edit: run `make connectors`.

export default {
  "startCall": {
    "key": "startCall",
    "noun": "Call",
    "display": {
      "label": "Start Call",
      "description": "Starts an AI phone call and goes on at once, without waiting for its result."
    },
    "operation": {
      "inputFields": [
        {
          "key": "testing",
          "type": "copy",
          "helpText": "**Testing this step places the call.** With a live API key a phone rings. With a test key, which starts with `sk_test_`, the sandbox is called and nobody's phone rings."
        },
        {
          "key": "phoneNumber",
          "label": "Phone Number",
          "helpText": "With country code, like +15551234567.",
          "type": "string",
          "required": true,
          "placeholder": "+15551234567"
        },
        {
          "key": "instructions",
          "label": "Instructions",
          "helpText": "Say what to achieve and what the agent needs to know: names, times, limits.",
          "type": "text",
          "required": true
        },
        {
          "key": "firstMessage",
          "label": "First Message",
          "helpText": "Leave empty to let the agent find its own words.",
          "type": "text"
        },
        {
          "key": "name",
          "label": "Name",
          "helpText": "Who is being called, a person or a business. The agent is told.",
          "type": "string",
          "placeholder": "Joe's Pizza"
        },
        {
          "key": "idempotencyKey",
          "label": "Deduplication Key",
          "helpText": "Something that is the same when this step is repeated for the same reason, like the id of an order or a lead: the person is then called once.",
          "type": "string",
          "placeholder": "order-1042",
          "group": "advanced"
        }
      ],
      "inputFieldGroups": [
        {
          "key": "advanced",
          "label": "Advanced"
        }
      ],
      "outputFields": [
        {
          "key": "id",
          "label": "Call ID",
          "type": "string",
          "primary": true
        },
        {
          "key": "direction",
          "label": "Direction",
          "type": "string"
        },
        {
          "key": "status",
          "label": "Status",
          "type": "string"
        },
        {
          "key": "name",
          "label": "Name",
          "type": "string"
        },
        {
          "key": "toNumber",
          "label": "To",
          "type": "string"
        },
        {
          "key": "fromNumber",
          "label": "From",
          "type": "string"
        },
        {
          "key": "instructions",
          "label": "Instructions",
          "type": "string"
        },
        {
          "key": "summary",
          "label": "Summary",
          "type": "string"
        },
        {
          "key": "transcript",
          "label": "Transcript",
          "children": [
            {
              "key": "role",
              "label": "Role",
              "type": "string"
            },
            {
              "key": "text",
              "label": "Text",
              "type": "string"
            }
          ]
        },
        {
          "key": "cost",
          "label": "Cost",
          "type": "integer"
        },
        {
          "key": "duration",
          "label": "Duration",
          "type": "integer"
        },
        {
          "key": "attempt",
          "label": "Attempt",
          "type": "integer"
        },
        {
          "key": "startedAt",
          "label": "Started",
          "type": "datetime"
        },
        {
          "key": "endedAt",
          "label": "Ended",
          "type": "datetime"
        },
        {
          "key": "createdAt",
          "label": "Created",
          "type": "datetime"
        },
        {
          "key": "firstMessage",
          "label": "First Message",
          "type": "string"
        },
        {
          "key": "callAt",
          "label": "Call At",
          "type": "datetime"
        },
        {
          "key": "answeredBy",
          "label": "Answered By",
          "type": "string"
        },
        {
          "key": "endReason",
          "label": "End Reason",
          "type": "string"
        },
        {
          "key": "test",
          "label": "Test",
          "type": "boolean"
        }
      ],
      "sample": {
        "id": "d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827",
        "direction": "outbound",
        "status": "initiated",
        "name": "Joe's Pizza",
        "toNumber": "+15551234567",
        "fromNumber": "+15559876543",
        "instructions": "Order a large pepperoni for pickup at 7pm.",
        "summary": null,
        "transcript": [],
        "cost": 0,
        "duration": 0,
        "attempt": 1,
        "startedAt": null,
        "endedAt": null,
        "createdAt": "2026-03-20T18:30:00.000Z",
        "firstMessage": "Hi, I'd like to place an order for pickup please.",
        "callAt": null,
        "answeredBy": "unknown",
        "endReason": null,
        "test": false
      }
    }
  },
  "startCallAndWait": {
    "key": "startCallAndWait",
    "noun": "Call",
    "display": {
      "label": "Start Call and Wait for Result",
      "description": "Starts an AI phone call and waits until it has ended, then gives its transcript, summary, cost and duration."
    },
    "operation": {
      "inputFields": [
        {
          "key": "testing",
          "type": "copy",
          "helpText": "**Testing this step rings nobody.** It shows your latest completed call, or an example if there is none. With a test key, which starts with `sk_test_`, it calls the sandbox and waits up to 15 seconds. In a Zap that is on, the step waits until the call has ended."
        },
        {
          "key": "phoneNumber",
          "label": "Phone Number",
          "helpText": "With country code, like +15551234567.",
          "type": "string",
          "required": true,
          "placeholder": "+15551234567"
        },
        {
          "key": "instructions",
          "label": "Instructions",
          "helpText": "Say what to achieve and what the agent needs to know: names, times, limits.",
          "type": "text",
          "required": true
        },
        {
          "key": "firstMessage",
          "label": "First Message",
          "helpText": "Leave empty to let the agent find its own words.",
          "type": "text"
        },
        {
          "key": "name",
          "label": "Name",
          "helpText": "Who is being called, a person or a business. The agent is told.",
          "type": "string",
          "placeholder": "Joe's Pizza"
        },
        {
          "key": "callbackDeadlineSeconds",
          "label": "Longest Wait",
          "helpText": "In seconds. If the call has not ended by then, the result says so.",
          "type": "integer",
          "default": "86400",
          "group": "advanced"
        },
        {
          "key": "idempotencyKey",
          "label": "Deduplication Key",
          "helpText": "Something that is the same when this step is repeated for the same reason, like the id of an order or a lead: the person is then called once.",
          "type": "string",
          "placeholder": "order-1042",
          "group": "advanced"
        }
      ],
      "inputFieldGroups": [
        {
          "key": "advanced",
          "label": "Advanced"
        }
      ],
      "outputFields": [
        {
          "key": "id",
          "label": "Call ID",
          "type": "string",
          "primary": true
        },
        {
          "key": "direction",
          "label": "Direction",
          "type": "string"
        },
        {
          "key": "status",
          "label": "Status",
          "type": "string"
        },
        {
          "key": "name",
          "label": "Name",
          "type": "string"
        },
        {
          "key": "toNumber",
          "label": "To",
          "type": "string"
        },
        {
          "key": "fromNumber",
          "label": "From",
          "type": "string"
        },
        {
          "key": "instructions",
          "label": "Instructions",
          "type": "string"
        },
        {
          "key": "summary",
          "label": "Summary",
          "type": "string"
        },
        {
          "key": "transcript",
          "label": "Transcript",
          "children": [
            {
              "key": "role",
              "label": "Role",
              "type": "string"
            },
            {
              "key": "text",
              "label": "Text",
              "type": "string"
            }
          ]
        },
        {
          "key": "cost",
          "label": "Cost",
          "type": "integer"
        },
        {
          "key": "duration",
          "label": "Duration",
          "type": "integer"
        },
        {
          "key": "attempt",
          "label": "Attempt",
          "type": "integer"
        },
        {
          "key": "startedAt",
          "label": "Started",
          "type": "datetime"
        },
        {
          "key": "endedAt",
          "label": "Ended",
          "type": "datetime"
        },
        {
          "key": "createdAt",
          "label": "Created",
          "type": "datetime"
        },
        {
          "key": "firstMessage",
          "label": "First Message",
          "type": "string"
        },
        {
          "key": "callAt",
          "label": "Call At",
          "type": "datetime"
        },
        {
          "key": "answeredBy",
          "label": "Answered By",
          "type": "string"
        },
        {
          "key": "endReason",
          "label": "End Reason",
          "type": "string"
        },
        {
          "key": "test",
          "label": "Test",
          "type": "boolean"
        },
        {
          "key": "timedOut",
          "label": "Timed Out",
          "type": "boolean"
        }
      ],
      "sample": {
        "id": "d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827",
        "direction": "outbound",
        "status": "completed",
        "name": "Joe's Pizza",
        "toNumber": "+15551234567",
        "fromNumber": "+15559876543",
        "instructions": "Order a large pepperoni for pickup at 7pm.",
        "summary": "Ordered a large pepperoni pizza for pickup at 7pm. Total $18.50.",
        "transcript": [
          {
            "role": "agent",
            "text": "Hi, I'd like to place an order for pickup please."
          },
          {
            "role": "human",
            "text": "Sure, what can I get for you?"
          }
        ],
        "cost": 42,
        "duration": 45,
        "attempt": 1,
        "startedAt": "2026-03-20T18:30:05.000Z",
        "endedAt": "2026-03-20T18:30:50.000Z",
        "createdAt": "2026-03-20T18:30:00.000Z",
        "firstMessage": "Hi, I'd like to place an order for pickup please.",
        "callAt": null,
        "answeredBy": "human",
        "endReason": "agent_hangup",
        "test": false,
        "timedOut": false
      }
    }
  },
  "scheduleCall": {
    "key": "scheduleCall",
    "noun": "Call",
    "display": {
      "label": "Schedule Call",
      "description": "Schedules an AI phone call for a later time."
    },
    "operation": {
      "inputFields": [
        {
          "key": "testing",
          "type": "copy",
          "helpText": "**Testing this step schedules the call.** With a live API key a phone rings at that time. With a test key, which starts with `sk_test_`, the sandbox is called and nobody's phone rings."
        },
        {
          "key": "phoneNumber",
          "label": "Phone Number",
          "helpText": "With country code, like +15551234567.",
          "type": "string",
          "required": true,
          "placeholder": "+15551234567"
        },
        {
          "key": "instructions",
          "label": "Instructions",
          "helpText": "Say what to achieve and what the agent needs to know: names, times, limits.",
          "type": "text",
          "required": true
        },
        {
          "key": "firstMessage",
          "label": "First Message",
          "helpText": "Leave empty to let the agent find its own words.",
          "type": "text"
        },
        {
          "key": "name",
          "label": "Name",
          "helpText": "Who is being called, a person or a business. The agent is told.",
          "type": "string",
          "placeholder": "Joe's Pizza"
        },
        {
          "key": "callAt",
          "label": "Call At",
          "helpText": "When to call, like 2026-03-21T14:00:00Z.",
          "type": "datetime",
          "required": true
        },
        {
          "key": "idempotencyKey",
          "label": "Deduplication Key",
          "helpText": "Something that is the same when this step is repeated for the same reason, like the id of an order or a lead: the person is then called once.",
          "type": "string",
          "placeholder": "order-1042",
          "group": "advanced"
        }
      ],
      "inputFieldGroups": [
        {
          "key": "advanced",
          "label": "Advanced"
        }
      ],
      "outputFields": [
        {
          "key": "id",
          "label": "Call ID",
          "type": "string",
          "primary": true
        },
        {
          "key": "direction",
          "label": "Direction",
          "type": "string"
        },
        {
          "key": "status",
          "label": "Status",
          "type": "string"
        },
        {
          "key": "name",
          "label": "Name",
          "type": "string"
        },
        {
          "key": "toNumber",
          "label": "To",
          "type": "string"
        },
        {
          "key": "fromNumber",
          "label": "From",
          "type": "string"
        },
        {
          "key": "instructions",
          "label": "Instructions",
          "type": "string"
        },
        {
          "key": "summary",
          "label": "Summary",
          "type": "string"
        },
        {
          "key": "transcript",
          "label": "Transcript",
          "children": [
            {
              "key": "role",
              "label": "Role",
              "type": "string"
            },
            {
              "key": "text",
              "label": "Text",
              "type": "string"
            }
          ]
        },
        {
          "key": "cost",
          "label": "Cost",
          "type": "integer"
        },
        {
          "key": "duration",
          "label": "Duration",
          "type": "integer"
        },
        {
          "key": "attempt",
          "label": "Attempt",
          "type": "integer"
        },
        {
          "key": "startedAt",
          "label": "Started",
          "type": "datetime"
        },
        {
          "key": "endedAt",
          "label": "Ended",
          "type": "datetime"
        },
        {
          "key": "createdAt",
          "label": "Created",
          "type": "datetime"
        },
        {
          "key": "firstMessage",
          "label": "First Message",
          "type": "string"
        },
        {
          "key": "callAt",
          "label": "Call At",
          "type": "datetime"
        },
        {
          "key": "answeredBy",
          "label": "Answered By",
          "type": "string"
        },
        {
          "key": "endReason",
          "label": "End Reason",
          "type": "string"
        },
        {
          "key": "test",
          "label": "Test",
          "type": "boolean"
        }
      ],
      "sample": {
        "id": "d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827",
        "direction": "outbound",
        "status": "scheduled",
        "name": "Joe's Pizza",
        "toNumber": "+15551234567",
        "fromNumber": "+15559876543",
        "instructions": "Order a large pepperoni for pickup at 7pm.",
        "summary": null,
        "transcript": [],
        "cost": 0,
        "duration": 0,
        "attempt": 1,
        "startedAt": null,
        "endedAt": null,
        "createdAt": "2026-03-20T18:30:00.000Z",
        "firstMessage": "Hi, I'd like to place an order for pickup please.",
        "callAt": "2026-03-21T14:00:00.000Z",
        "answeredBy": "unknown",
        "endReason": null,
        "test": false
      }
    }
  },
  "cancelCall": {
    "key": "cancelCall",
    "noun": "Call",
    "display": {
      "label": "Cancel Call",
      "description": "Cancels a scheduled call, or hangs up one that is under way."
    },
    "operation": {
      "inputFields": [
        {
          "key": "callId",
          "label": "Call",
          "helpText": "Choose a call, or give the id that an earlier step returned.",
          "type": "string",
          "required": true,
          "dynamic": "listCalls.id.label",
          "search": "findCall.id"
        }
      ],
      "outputFields": [
        {
          "key": "id",
          "label": "Call ID",
          "type": "string",
          "primary": true
        },
        {
          "key": "direction",
          "label": "Direction",
          "type": "string"
        },
        {
          "key": "status",
          "label": "Status",
          "type": "string"
        },
        {
          "key": "name",
          "label": "Name",
          "type": "string"
        },
        {
          "key": "toNumber",
          "label": "To",
          "type": "string"
        },
        {
          "key": "fromNumber",
          "label": "From",
          "type": "string"
        },
        {
          "key": "instructions",
          "label": "Instructions",
          "type": "string"
        },
        {
          "key": "summary",
          "label": "Summary",
          "type": "string"
        },
        {
          "key": "transcript",
          "label": "Transcript",
          "children": [
            {
              "key": "role",
              "label": "Role",
              "type": "string"
            },
            {
              "key": "text",
              "label": "Text",
              "type": "string"
            }
          ]
        },
        {
          "key": "cost",
          "label": "Cost",
          "type": "integer"
        },
        {
          "key": "duration",
          "label": "Duration",
          "type": "integer"
        },
        {
          "key": "attempt",
          "label": "Attempt",
          "type": "integer"
        },
        {
          "key": "startedAt",
          "label": "Started",
          "type": "datetime"
        },
        {
          "key": "endedAt",
          "label": "Ended",
          "type": "datetime"
        },
        {
          "key": "createdAt",
          "label": "Created",
          "type": "datetime"
        },
        {
          "key": "firstMessage",
          "label": "First Message",
          "type": "string"
        },
        {
          "key": "callAt",
          "label": "Call At",
          "type": "datetime"
        },
        {
          "key": "answeredBy",
          "label": "Answered By",
          "type": "string"
        },
        {
          "key": "endReason",
          "label": "End Reason",
          "type": "string"
        },
        {
          "key": "test",
          "label": "Test",
          "type": "boolean"
        }
      ],
      "sample": {
        "id": "d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827",
        "direction": "outbound",
        "status": "canceled",
        "name": "Joe's Pizza",
        "toNumber": "+15551234567",
        "fromNumber": "+15559876543",
        "instructions": "Order a large pepperoni for pickup at 7pm.",
        "summary": "The call was canceled.",
        "transcript": [],
        "cost": 0,
        "duration": 0,
        "attempt": 1,
        "startedAt": null,
        "endedAt": "2026-03-20T18:30:02.000Z",
        "createdAt": "2026-03-20T18:30:00.000Z",
        "firstMessage": "Hi, I'd like to place an order for pickup please.",
        "callAt": null,
        "answeredBy": "unknown",
        "endReason": "canceled",
        "test": false
      }
    }
  },
  "apiRequest": {
    "key": "apiRequest",
    "noun": "Request",
    "display": {
      "label": "API Request (Advanced)",
      "description": "Sends a request of your own to the Mio Hub API with this connection's key."
    },
    "operation": {
      "inputFields": [
        {
          "key": "method",
          "label": "Method",
          "helpText": "What the API's documentation names.",
          "type": "string",
          "required": true,
          "choices": [
            {
              "value": "GET",
              "sample": "GET",
              "label": "GET"
            },
            {
              "value": "POST",
              "sample": "POST",
              "label": "POST"
            },
            {
              "value": "PUT",
              "sample": "PUT",
              "label": "PUT"
            },
            {
              "value": "DELETE",
              "sample": "DELETE",
              "label": "DELETE"
            }
          ]
        },
        {
          "key": "path",
          "label": "Path",
          "helpText": "What follows /api/v1, like /webhooks.",
          "type": "string",
          "required": true,
          "placeholder": "/calls"
        },
        {
          "key": "body",
          "label": "Body",
          "helpText": "JSON. Leave empty for a request without one.",
          "type": "text"
        },
        {
          "key": "idempotencyKey",
          "label": "Deduplication Key",
          "helpText": "Something that is the same when this step is repeated for the same reason, like the id of an order or a lead: the person is then called once.",
          "type": "string",
          "placeholder": "order-1042",
          "group": "advanced"
        }
      ],
      "inputFieldGroups": [
        {
          "key": "advanced",
          "label": "Advanced"
        }
      ],
      "outputFields": [
        {
          "key": "status",
          "label": "Status",
          "type": "integer"
        }
      ],
      "sample": {
        "status": 200,
        "answer": {
          "data": []
        }
      }
    }
  }
};
