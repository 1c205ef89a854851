// Generated from schemas/ by `make connectors`. Do not edit.

export default {
  callCompleted: {
    event: "call.completed",
    fixed: {},
    listed: {
      status: "completed,no-answer,busy,failed,canceled",
    },
  },
  callStarted: {
    event: "call.started",
    fixed: {},
    listed: {
      status: "in-progress,completed",
    },
  },
  voicemailLeft: {
    event: "call.voicemail",
    fixed: {},
    listed: {
      answeredBy: "voicemail",
    },
  },
  callUnanswered: {
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
  },
};
