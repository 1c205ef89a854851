// Generated from schemas/ by `make connectors`. Do not edit.

import common from "../../common/source.mjs";
import sampleEmit from "./test-event.mjs";

export default {
  ...common,
  key: "mio_hub-new-call-started-instant",
  name: "New Call Started (Instant)",
  description: "Emit new event when a callee has picked up and the conversation begins. [See the documentation](https://api.mio.gg/docs)",
  version: "0.0.1",
  type: "source",
  dedupe: "unique",
  props: {
    ...common.props,
  },
  methods: {
    ...common.methods,
    getEvent() {
      return "call.started";
    },
    getFilters() {
      return {};
    },
    getListed() {
      return {
        status: "in-progress,completed",
      };
    },
  },
  sampleEmit,
};
