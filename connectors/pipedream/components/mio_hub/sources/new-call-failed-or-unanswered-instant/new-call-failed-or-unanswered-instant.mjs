// Generated from schemas/ by `make connectors`. Do not edit.

import common from "../../common/source.mjs";
import sampleEmit from "./test-event.mjs";

export default {
  ...common,
  key: "mio_hub-new-call-failed-or-unanswered-instant",
  name: "New Call Failed or Unanswered (Instant)",
  description: "Emit new event when a call has ended without a conversation: nobody answered, the line was busy, or it failed. [See the documentation](https://api.mio.gg/docs)",
  version: "0.0.1",
  type: "source",
  dedupe: "unique",
  props: {
    ...common.props,
  },
  methods: {
    ...common.methods,
    getEvent() {
      return "call.completed";
    },
    getFilters() {
      return {
        status: [
          "no-answer",
          "busy",
          "failed",
        ],
      };
    },
    getListed() {
      return {
        status: "no-answer,busy,failed",
      };
    },
  },
  sampleEmit,
};
