// Generated from schemas/ by `make connectors`. Do not edit.

import type { INodeProperties } from 'n8n-workflow';

export const triggerProperties: INodeProperties[] = [
  {
    displayName: "Event",
    name: "event",
    type: "options",
    required: true,
    default: "callCompleted",
    description: "What starts the workflow",
    options: [
      {
        name: "Call Completed",
        value: "callCompleted",
        description: "Triggers when a call has ended, with its transcript, summary, cost and duration",
      },
      {
        name: "Call Failed or Unanswered",
        value: "callUnanswered",
        description: "Triggers when a call has ended without a conversation: nobody answered, the line was busy, or it failed",
      },
      {
        name: "Call Started",
        value: "callStarted",
        description: "Triggers when a callee has picked up and the conversation begins",
      },
      {
        name: "Voicemail Left",
        value: "voicemailLeft",
        description: "Triggers when a call has reached a voicemail or another machine",
      },
    ],
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
            name: "No Answer",
            value: "no-answer",
          },
        ],
        default: [],
        description: "Only calls with one of these statuses",
      },
    ],
    displayOptions: {
      show: {
        event: [
          "callCompleted",
        ],
      },
    },
  },
];
