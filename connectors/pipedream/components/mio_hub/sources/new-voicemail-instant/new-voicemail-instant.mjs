// Generated from schemas/ by `make connectors`. Do not edit.

import common from "../../common/source.mjs";
import sampleEmit from "./test-event.mjs";

export default {
  ...common,
  key: "mio_hub-new-voicemail-instant",
  name: "New Voicemail (Instant)",
  description: "Emit new event when a call has reached a voicemail or another machine. [See the documentation](https://api.mio.gg/docs)",
  version: "0.0.1",
  type: "source",
  dedupe: "unique",
  props: {
    ...common.props,
  },
  methods: {
    ...common.methods,
    getEvent() {
      return "call.voicemail";
    },
    getFilters() {
      return {};
    },
    getListed() {
      return {
        answeredBy: "voicemail",
      };
    },
  },
  sampleEmit,
};
