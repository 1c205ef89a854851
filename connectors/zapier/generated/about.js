// Generated from schemas/ by connectors/generation/zapier.py. Do not edit: run `make connectors`.

export default {
  "name": "Mio Hub",
  "description": "Mio Hub is an AI phone agent that places calls and reports what was said.",
  "longestWaitSeconds": 86400
};
