// Generated from schemas/ by `make connectors`. Do not edit.

import mioHub from "../../mio_hub.app.mjs";
import { cancelCall as run } from "../../common/actions.mjs";

export default {
  key: "mio_hub-cancel-call",
  name: "Cancel Call",
  description: "Cancels a scheduled call, or hangs up one that is under way. [See the documentation](https://api.mio.gg/docs)",
  version: "0.0.1",
  type: "action",
  annotations: {
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: true,
    readOnlyHint: false,
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
