// Generated from schemas/ by `make connectors`. Do not edit.

import type { OutputSchemaField } from '@activepieces/pieces-framework';

export const callFields: OutputSchemaField[] = [
  {
    key: "id",
    label: "Call ID",
    description: "Identifies the call.",
  },
  {
    key: "direction",
    label: "Direction",
    description: "Always outbound.",
  },
  {
    key: "status",
    label: "Status",
    description: "Where the call stands. completed, no-answer, busy, failed and canceled are final.",
  },
  {
    key: "name",
    label: "Name",
    description: "Name of the person or business being called.",
  },
  {
    key: "toNumber",
    label: "To",
    description: "The number that is called.",
  },
  {
    key: "fromNumber",
    label: "From",
    description: "The number that the callee sees.",
  },
  {
    key: "instructions",
    label: "Instructions",
    description: "What the AI was asked to accomplish.",
  },
  {
    key: "summary",
    label: "Summary",
    description: "What came of the call; null until it has ended.",
  },
  {
    key: "transcript",
    label: "Transcript",
    description: "What was said, in order; it grows while the call lasts.",
    listItems: [
      {
        key: "role",
        label: "Role",
        description: "Who spoke: our agent, or the human who was called.",
      },
      {
        key: "text",
        label: "Text",
        description: "What was said.",
      },
    ],
  },
  {
    key: "cost",
    label: "Cost",
    description: "What the call costs, in cents. Test calls are priced but never charged.",
    format: "number",
  },
  {
    key: "duration",
    label: "Duration",
    description: "Length of the conversation, in seconds.",
    format: "number",
  },
  {
    key: "attempt",
    label: "Attempt",
    description: "Which try to reach the callee this is, from 1.",
    format: "number",
  },
  {
    key: "startedAt",
    label: "Started",
    description: "When the call was answered; null if it was not.",
    format: "datetime",
  },
  {
    key: "endedAt",
    label: "Ended",
    description: "When the call ended; null until then.",
    format: "datetime",
  },
  {
    key: "createdAt",
    label: "Created",
    description: "When the call was asked for.",
    format: "datetime",
  },
  {
    key: "firstMessage",
    label: "First Message",
    description: "What the AI was told to say first.",
  },
  {
    key: "callAt",
    label: "Call At",
    description: "When the call is scheduled for; null for a call that was to be placed at once.",
    format: "datetime",
  },
  {
    key: "answeredBy",
    label: "Answered By",
    description: "Who or what answered, as far as is known.",
  },
  {
    key: "endReason",
    label: "End Reason",
    description: "Why the call ended; null until it has.",
  },
  {
    key: "test",
    label: "Test",
    description: "Whether this is a sandbox call, placed with an sk_test_ key: it rang nobody and is charged to nobody.",
    format: "boolean",
  },
];
