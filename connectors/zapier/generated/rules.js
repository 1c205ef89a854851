// Generated from schemas/ by connectors/generation/zapier.py. Do not edit: run `make connectors`.

export default {
  "startCall": [
    {
      "key": "phoneNumber",
      "label": "Phone Number",
      "kind": "phone",
      "required": true,
      "pattern": "^\\+[1-9][0-9]{6,14}$",
      "rule": "a phone number in E.164 format: a plus and 7 to 15 digits",
      "maxLength": 16
    },
    {
      "key": "instructions",
      "label": "Instructions",
      "kind": "text",
      "required": true,
      "pattern": "\\S",
      "maxLength": 5000
    },
    {
      "key": "firstMessage",
      "label": "First Message",
      "kind": "text",
      "required": false,
      "maxLength": 1000
    },
    {
      "key": "name",
      "label": "Name",
      "kind": "text",
      "required": false,
      "maxLength": 200
    },
    {
      "key": "idempotencyKey",
      "label": "Deduplication Key",
      "kind": "text",
      "required": false,
      "pattern": "^[\\x20-\\x7e]+$",
      "rule": "1 to 255 printable ASCII characters",
      "maxLength": 255
    }
  ],
  "startCallAndWait": [
    {
      "key": "phoneNumber",
      "label": "Phone Number",
      "kind": "phone",
      "required": true,
      "pattern": "^\\+[1-9][0-9]{6,14}$",
      "rule": "a phone number in E.164 format: a plus and 7 to 15 digits",
      "maxLength": 16
    },
    {
      "key": "instructions",
      "label": "Instructions",
      "kind": "text",
      "required": true,
      "pattern": "\\S",
      "maxLength": 5000
    },
    {
      "key": "firstMessage",
      "label": "First Message",
      "kind": "text",
      "required": false,
      "maxLength": 1000
    },
    {
      "key": "name",
      "label": "Name",
      "kind": "text",
      "required": false,
      "maxLength": 200
    },
    {
      "key": "callbackDeadlineSeconds",
      "label": "Longest Wait",
      "kind": "integer",
      "required": false,
      "minimum": 1,
      "maximum": 2592000
    },
    {
      "key": "idempotencyKey",
      "label": "Deduplication Key",
      "kind": "text",
      "required": false,
      "pattern": "^[\\x20-\\x7e]+$",
      "rule": "1 to 255 printable ASCII characters",
      "maxLength": 255
    }
  ],
  "scheduleCall": [
    {
      "key": "phoneNumber",
      "label": "Phone Number",
      "kind": "phone",
      "required": true,
      "pattern": "^\\+[1-9][0-9]{6,14}$",
      "rule": "a phone number in E.164 format: a plus and 7 to 15 digits",
      "maxLength": 16
    },
    {
      "key": "instructions",
      "label": "Instructions",
      "kind": "text",
      "required": true,
      "pattern": "\\S",
      "maxLength": 5000
    },
    {
      "key": "firstMessage",
      "label": "First Message",
      "kind": "text",
      "required": false,
      "maxLength": 1000
    },
    {
      "key": "name",
      "label": "Name",
      "kind": "text",
      "required": false,
      "maxLength": 200
    },
    {
      "key": "callAt",
      "label": "Call At",
      "kind": "time",
      "required": true,
      "rule": "an ISO 8601 time with its zone"
    },
    {
      "key": "idempotencyKey",
      "label": "Deduplication Key",
      "kind": "text",
      "required": false,
      "pattern": "^[\\x20-\\x7e]+$",
      "rule": "1 to 255 printable ASCII characters",
      "maxLength": 255
    }
  ],
  "cancelCall": [
    {
      "key": "callId",
      "label": "Call",
      "kind": "id",
      "required": true
    }
  ],
  "apiRequest": [
    {
      "key": "method",
      "label": "Method",
      "kind": "choice",
      "required": true,
      "choices": [
        "GET",
        "POST",
        "PUT",
        "DELETE"
      ]
    },
    {
      "key": "path",
      "label": "Path",
      "kind": "text",
      "required": true
    },
    {
      "key": "body",
      "label": "Body",
      "kind": "text",
      "required": false
    },
    {
      "key": "idempotencyKey",
      "label": "Deduplication Key",
      "kind": "text",
      "required": false,
      "pattern": "^[\\x20-\\x7e]+$",
      "rule": "1 to 255 printable ASCII characters",
      "maxLength": 255
    }
  ],
  "findCall": [
    {
      "key": "callId",
      "label": "Call",
      "kind": "id",
      "required": false
    },
    {
      "key": "status",
      "label": "Status",
      "kind": "choices",
      "required": false,
      "choices": [
        "scheduled",
        "initiated",
        "ringing",
        "in-progress",
        "completed",
        "no-answer",
        "busy",
        "failed",
        "canceled"
      ]
    },
    {
      "key": "toNumber",
      "label": "Phone Number",
      "kind": "phone",
      "required": false,
      "pattern": "^\\+[1-9][0-9]{6,14}$",
      "rule": "a phone number in E.164 format: a plus and 7 to 15 digits",
      "maxLength": 16
    },
    {
      "key": "createdAfter",
      "label": "Created After",
      "kind": "time",
      "required": false,
      "rule": "an ISO 8601 time with its zone"
    },
    {
      "key": "createdBefore",
      "label": "Created Before",
      "kind": "time",
      "required": false,
      "rule": "an ISO 8601 time with its zone"
    }
  ],
  "findLatestCall": [
    {
      "key": "toNumber",
      "label": "Phone Number",
      "kind": "phone",
      "required": true,
      "pattern": "^\\+[1-9][0-9]{6,14}$",
      "rule": "a phone number in E.164 format: a plus and 7 to 15 digits",
      "maxLength": 16
    }
  ],
  "callCompleted": [
    {
      "key": "status",
      "label": "Status",
      "kind": "choices",
      "required": false,
      "choices": [
        "completed",
        "no-answer",
        "busy",
        "failed",
        "canceled"
      ]
    },
    {
      "key": "direction",
      "label": "Direction",
      "kind": "choice",
      "required": false,
      "choices": [
        "outbound",
        "inbound"
      ]
    },
    {
      "key": "answeredBy",
      "label": "Answered By",
      "kind": "choices",
      "required": false,
      "choices": [
        "human",
        "voicemail",
        "unknown"
      ]
    }
  ],
  "callStarted": [],
  "voicemailLeft": [],
  "callUnanswered": []
};
