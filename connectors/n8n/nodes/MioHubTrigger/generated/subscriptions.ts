// Generated from schemas/ by `make connectors`. Do not edit.

import type { IDataObject } from 'n8n-workflow';

export const SUBSCRIPTIONS: Record<string, { event: string; filters?: IDataObject }> = {
  callCompleted: {
    event: "call.completed",
  },
  callStarted: {
    event: "call.started",
  },
  voicemailLeft: {
    event: "call.voicemail",
  },
  callUnanswered: {
    event: "call.completed",
    filters: {
      status: [
        "no-answer",
        "busy",
        "failed",
      ],
    },
  },
};
