// Generated from schemas/ by `make connectors`. Do not edit.

import mioHub from "../../mio_hub.app.mjs";
import { getCall as run } from "../../common/actions.mjs";

export default {
  key: "mio_hub-get-call",
  name: "Get Call",
  description: "Gets a call with its transcript, summary, cost and duration. [See the documentation](https://api.mio.gg/docs)",
  version: "0.0.1",
  type: "action",
  annotations: {
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: true,
    readOnlyHint: true,
  },
  props: {
    mioHub,
    callId: {
      propDefinition: [
        mioHub,
        "callId",
      ],
    },
  },
  async run({
    steps, $,
  }) {
    return run(this, steps, $);
  },
};
