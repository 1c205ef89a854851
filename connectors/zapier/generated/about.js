// Generated from schemas/ by `make connectors`. Do not edit.

export default {
  name: "Mio Hub",
  description: "Mio Hub is an AI phone agent that places calls and reports what was said.",
  longestWaitSeconds: 86400,
};
