// Generated from schemas/ by `make connectors`. Do not edit.

import { Property } from '@activepieces/pieces-framework';
import { callChoice } from '../common/choice';
import { callFields } from './output';

export const startCall = {
  name: "start_call",
  displayName: "Start Call",
  description: "Starts an AI phone call and goes on at once, without waiting for its result.",
  audience: "both" as const,
  aiMetadata: {
    description: "Starts an AI phone call and goes on at once, without waiting for its result. A real phone rings and money is spent: call only people who agreed to it. Repeating it calls again.",
    idempotent: false,
  },
  props: {
    phoneNumber: Property.ShortText({
      displayName: "Phone Number",
      description: "With country code, like +15551234567.",
      required: true,
    }),
    instructions: Property.LongText({
      displayName: "Instructions",
      description: "Say what to achieve and what the agent needs to know: names, times, limits.",
      required: true,
    }),
    firstMessage: Property.LongText({
      displayName: "First Message",
      description: "Leave empty to let the agent find its own words.",
      required: false,
    }),
    name: Property.ShortText({
      displayName: "Name",
      description: "Who is being called, a person or a business. The agent is told.",
      required: false,
    }),
    idempotencyKey: Property.ShortText({
      displayName: "Deduplication Key",
      description: "Something that is the same when this step is repeated for the same reason, like the id of an order or a lead: the person is then called once.",
      required: false,
    }),
  },
  outputSchema: {
    fields: callFields,
  },
  errorHandlingOptions: {
    continueOnFailure: {
      defaultValue: false,
    },
    retryOnFailure: {
      defaultValue: false,
      hide: true,
    },
  },
};

export const startCallAndWait = {
  name: "start_call_and_wait",
  displayName: "Start Call and Wait for Result",
  description: "Starts an AI phone call and waits until it has ended, then gives its transcript, summary, cost and duration.",
  audience: "both" as const,
  aiMetadata: {
    description: "Starts an AI phone call and waits until it has ended, then gives its transcript, summary, cost and duration. A real phone rings and money is spent: call only people who agreed to it. Repeating it calls again.",
    idempotent: false,
  },
  props: {
    phoneNumber: Property.ShortText({
      displayName: "Phone Number",
      description: "With country code, like +15551234567.",
      required: true,
    }),
    instructions: Property.LongText({
      displayName: "Instructions",
      description: "Say what to achieve and what the agent needs to know: names, times, limits.",
      required: true,
    }),
    firstMessage: Property.LongText({
      displayName: "First Message",
      description: "Leave empty to let the agent find its own words.",
      required: false,
    }),
    name: Property.ShortText({
      displayName: "Name",
      description: "Who is being called, a person or a business. The agent is told.",
      required: false,
    }),
    callbackDeadlineSeconds: Property.Number({
      displayName: "Longest Wait",
      description: "In seconds. If the call has not ended by then, the result says so.",
      required: false,
    }),
    idempotencyKey: Property.ShortText({
      displayName: "Deduplication Key",
      description: "Something that is the same when this step is repeated for the same reason, like the id of an order or a lead: the person is then called once.",
      required: false,
    }),
  },
  outputSchema: {
    fields: callFields.concat([
      {
        key: "timedOut",
        label: "Timed Out",
        description: "Whether the longest wait was over before the call had ended.",
        format: "boolean",
      },
    ]),
  },
  errorHandlingOptions: {
    continueOnFailure: {
      defaultValue: false,
    },
    retryOnFailure: {
      defaultValue: false,
      hide: true,
    },
  },
};

export const scheduleCall = {
  name: "schedule_call",
  displayName: "Schedule Call",
  description: "Schedules an AI phone call for a later time.",
  audience: "both" as const,
  aiMetadata: {
    description: "Schedules an AI phone call for a later time. A real phone rings and money is spent: call only people who agreed to it. Repeating it calls again.",
    idempotent: false,
  },
  props: {
    phoneNumber: Property.ShortText({
      displayName: "Phone Number",
      description: "With country code, like +15551234567.",
      required: true,
    }),
    instructions: Property.LongText({
      displayName: "Instructions",
      description: "Say what to achieve and what the agent needs to know: names, times, limits.",
      required: true,
    }),
    firstMessage: Property.LongText({
      displayName: "First Message",
      description: "Leave empty to let the agent find its own words.",
      required: false,
    }),
    name: Property.ShortText({
      displayName: "Name",
      description: "Who is being called, a person or a business. The agent is told.",
      required: false,
    }),
    callAt: Property.DateTime({
      displayName: "Call At",
      description: "When to call, like 2026-03-21T14:00:00Z.",
      required: true,
    }),
    idempotencyKey: Property.ShortText({
      displayName: "Deduplication Key",
      description: "Something that is the same when this step is repeated for the same reason, like the id of an order or a lead: the person is then called once.",
      required: false,
    }),
  },
  outputSchema: {
    fields: callFields,
  },
  errorHandlingOptions: {
    continueOnFailure: {
      defaultValue: false,
    },
    retryOnFailure: {
      defaultValue: false,
      hide: true,
    },
  },
};

export const cancelCall = {
  name: "cancel_call",
  displayName: "Cancel Call",
  description: "Cancels a scheduled call, or hangs up one that is under way.",
  audience: "both" as const,
  aiMetadata: {
    description: "Cancels a scheduled call, or hangs up one that is under way. It cannot be undone.",
    idempotent: true,
  },
  props: {
    callId: callChoice({
      displayName: "Call",
      description: "Choose a call, or give the id that an earlier step returned.",
      required: true,
    }),
  },
  outputSchema: {
    fields: callFields,
  },
};

export const getCall = {
  name: "get_call",
  displayName: "Get Call",
  description: "Gets a call with its transcript, summary, cost and duration.",
  audience: "both" as const,
  aiMetadata: {
    description: "Gets a call with its transcript, summary, cost and duration. It changes nothing.",
    idempotent: true,
  },
  props: {
    callId: callChoice({
      displayName: "Call",
      description: "Choose a call, or give the id that an earlier step returned.",
      required: true,
    }),
  },
  outputSchema: {
    fields: callFields,
  },
};

export const listCalls = {
  name: "list_calls",
  displayName: "List Calls",
  description: "Lists calls, newest first.",
  audience: "both" as const,
  aiMetadata: {
    description: "Lists calls, newest first. It changes nothing.",
    idempotent: true,
  },
  props: {
    status: Property.StaticMultiSelectDropdown({
      displayName: "Status",
      description: "Only calls with one of these statuses.",
      required: false,
      options: {
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
      },
    }),
    toNumber: Property.ShortText({
      displayName: "Phone Number",
      description: "Only calls to this number, with its country code, like +15551234567.",
      required: false,
    }),
    createdAfter: Property.DateTime({
      displayName: "Created After",
      description: "Only calls that were asked for at this time or later.",
      required: false,
    }),
    createdBefore: Property.DateTime({
      displayName: "Created Before",
      description: "Only calls that were asked for before this time.",
      required: false,
    }),
  },
  outputSchema: {
    fields: callFields,
    itemLabel: "{toNumber}: {status}",
  },
};

export const findLatestCall = {
  name: "find_latest_call",
  displayName: "Find Latest Call With a Number",
  description: "Finds the newest call with a phone number.",
  audience: "both" as const,
  aiMetadata: {
    description: "Finds the newest call with a phone number. It changes nothing.",
    idempotent: true,
  },
  props: {
    toNumber: Property.ShortText({
      displayName: "Phone Number",
      description: "Only calls to this number, with its country code, like +15551234567.",
      required: true,
    }),
  },
  outputSchema: {
    fields: callFields,
  },
};
