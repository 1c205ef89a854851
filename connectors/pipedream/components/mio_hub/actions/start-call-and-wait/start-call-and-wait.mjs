// Generated from schemas/ by `make connectors`. Do not edit.

import mioHub from "../../mio_hub.app.mjs";
import { startCallAndWait as run } from "../../common/actions.mjs";

export default {
  key: "mio_hub-start-call-and-wait",
  name: "Start Call and Wait for Result",
  description: "Starts an AI phone call and waits until it has ended, then gives its transcript, summary, cost and duration. [See the documentation](https://api.mio.gg/docs)",
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
    callbackDeadlineSeconds: {
      propDefinition: [
        mioHub,
        "callbackDeadlineSeconds",
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
