// Generated from schemas/ by `make connectors`. Do not edit.

import mioHub from "../../mio_hub.app.mjs";
import common from "../../common/source.mjs";
import sampleEmit from "./test-event.mjs";

export default {
  ...common,
  key: "mio_hub-new-call-completed-instant",
  name: "New Call Completed (Instant)",
  description: "Emit new event when a call has ended, with its transcript, summary, cost and duration. [See the documentation](https://api.mio.gg/docs)",
  version: "0.0.1",
  type: "source",
  dedupe: "unique",
  props: {
    ...common.props,
    status: {
      propDefinition: [
        mioHub,
        "filterStatus",
      ],
    },
    direction: {
      propDefinition: [
        mioHub,
        "filterDirection",
      ],
    },
    answeredBy: {
      propDefinition: [
        mioHub,
        "filterAnsweredBy",
      ],
    },
  },
  methods: {
    ...common.methods,
    getEvent() {
      return "call.completed";
    },
    getFilters() {
      return {
        status: this.status,
        direction: this.direction,
        answeredBy: this.answeredBy,
      };
    },
    getListed() {
      return {
        status: "completed,no-answer,busy,failed,canceled",
      };
    },
  },
  sampleEmit,
};
