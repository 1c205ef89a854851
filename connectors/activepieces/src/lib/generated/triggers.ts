// Generated from schemas/ by `make connectors`. Do not edit.

import { Property } from '@activepieces/pieces-framework';
import { callFields } from './output';

export const callCompleted = {
  name: "call_completed",
  displayName: "Call Completed",
  description: "Triggers when a call has ended, with its transcript, summary, cost and duration.",
  aiMetadata: {
    description: "Triggers when a call has ended, with its transcript, summary, cost and duration.",
  },
  props: {
    status: Property.StaticMultiSelectDropdown({
      displayName: "Status",
      description: "Only calls with one of these statuses.",
      required: false,
      options: {
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
      },
    }),
    direction: Property.StaticDropdown({
      displayName: "Direction",
      description: "Only calls of this direction.",
      required: false,
      options: {
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
      },
    }),
    answeredBy: Property.StaticMultiSelectDropdown({
      displayName: "Answered By",
      description: "Only calls that were answered by one of these.",
      required: false,
      options: {
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
      },
    }),
  },
  event: "call.completed",
  fixed: {},
  listed: {
    status: "completed,no-answer,busy,failed,canceled",
  },
  sampleData: {
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
  outputSchema: {
    fields: callFields,
  },
};

export const callStarted = {
  name: "call_started",
  displayName: "Call Started",
  description: "Triggers when a callee has picked up and the conversation begins.",
  aiMetadata: {
    description: "Triggers when a callee has picked up and the conversation begins.",
  },
  props: {},
  event: "call.started",
  fixed: {},
  listed: {
    status: "in-progress,completed",
  },
  sampleData: {
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
  outputSchema: {
    fields: callFields,
  },
};

export const voicemailLeft = {
  name: "voicemail_left",
  displayName: "Voicemail Left",
  description: "Triggers when a call has reached a voicemail or another machine.",
  aiMetadata: {
    description: "Triggers when a call has reached a voicemail or another machine.",
  },
  props: {},
  event: "call.voicemail",
  fixed: {},
  listed: {
    answeredBy: "voicemail",
  },
  sampleData: {
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
  outputSchema: {
    fields: callFields,
  },
};

export const callUnanswered = {
  name: "call_unanswered",
  displayName: "Call Failed or Unanswered",
  description: "Triggers when a call has ended without a conversation: nobody answered, the line was busy, or it failed.",
  aiMetadata: {
    description: "Triggers when a call has ended without a conversation: nobody answered, the line was busy, or it failed.",
  },
  props: {},
  event: "call.completed",
  fixed: {
    status: [
      "no-answer",
      "busy",
      "failed",
    ],
  },
  listed: {
    status: "no-answer,busy,failed",
  },
  sampleData: {
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
  outputSchema: {
    fields: callFields,
  },
};
