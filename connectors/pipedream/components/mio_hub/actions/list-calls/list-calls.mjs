// Generated from schemas/ by `make connectors`. Do not edit.

import mioHub from "../../mio_hub.app.mjs";
import { listCalls as run } from "../../common/actions.mjs";

export default {
  key: "mio_hub-list-calls",
  name: "List Calls",
  description: "Lists calls, newest first. [See the documentation](https://api.mio.gg/docs)",
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
    status: {
      propDefinition: [
        mioHub,
        "status",
      ],
    },
    toNumber: {
      propDefinition: [
        mioHub,
        "toNumber",
      ],
    },
    createdAfter: {
      propDefinition: [
        mioHub,
        "createdAfter",
      ],
    },
    createdBefore: {
      propDefinition: [
        mioHub,
        "createdBefore",
      ],
    },
  },
  async run({
    steps, $,
  }) {
    return run(this, steps, $);
  },
};
