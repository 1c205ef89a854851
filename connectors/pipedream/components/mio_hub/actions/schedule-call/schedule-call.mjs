// Generated from schemas/ by `make connectors`. Do not edit.

import mioHub from "../../mio_hub.app.mjs";
import { scheduleCall as run } from "../../common/actions.mjs";

export default {
  key: "mio_hub-schedule-call",
  name: "Schedule Call",
  description: "Schedules an AI phone call for a later time. [See the documentation](https://api.mio.gg/docs)",
  version: "0.0.1",
  type: "action",
  annotations: {
    destructiveHint: true,
    idempotentHint: false,
    openWorldHint: true,
    readOnlyHint: false,
  },
  props: {
    mioHub,
    phoneNumber: {
      propDefinition: [
        mioHub,
        "phoneNumber",
      ],
    },
    instructions: {
      propDefinition: [
        mioHub,
        "instructions",
      ],
    },
    firstMessage: {
      propDefinition: [
        mioHub,
        "firstMessage",
      ],
    },
    name: {
      propDefinition: [
        mioHub,
        "name",
      ],
    },
    callAt: {
      propDefinition: [
        mioHub,
        "callAt",
      ],
    },
    idempotencyKey: {
      propDefinition: [
        mioHub,
        "idempotencyKey",
      ],
    },
  },
  async run({
    steps, $,
  }) {
    return run(this, steps, $);
  },
};
