// Generated from schemas/ by `make connectors`. Do not edit.

import mioHub from "../../mio_hub.app.mjs";
import { findLatestCall as run } from "../../common/actions.mjs";

export default {
  key: "mio_hub-find-latest-call",
  name: "Find Latest Call With a Number",
  description: "Finds the newest call with a phone number. [See the documentation](https://api.mio.gg/docs)",
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
    toNumber: {
      propDefinition: [
        mioHub,
        "toNumber",
      ],
      optional: false,
    },
  },
  async run({
    steps, $,
  }) {
    return run(this, steps, $);
  },
};
