import { randomUUID } from "node:crypto";
import mioHub from "../mio_hub.app.mjs";
import {
  told, twice,
} from "./calls.mjs";
import { filled } from "./checking.mjs";
import { isSigned } from "./signature.mjs";

const PLACE = "webhook";
const SAMPLES = 10;

/** What all sources do; each says by getEvent, getFilters and getListed what it is about. */
export default {
  props: {
    mioHub,
    db: "$.service.db",
    http: {
      type: "$.interface.http",
      customResponse: true,
    },
  },
  hooks: {
    async deploy() {
      const { data } = await this.mioHub.listCalls({
        params: {
          ...this.getListed(),
          ...filled(this.getFilters()),
          limit: SAMPLES,
        },
      });
      for (const call of data.reverse()) {
        this.$emit(call, this.meta(call, call.id, Date.parse(call.endedAt ?? call.createdAt)));
      }
    },
    async activate() {
      await this.forget(); // of a source that could not be deactivated
      const idempotencyKey = randomUUID();
      const {
        id, secret,
      } = await twice(() => this.mioHub.createWebhook({
        data: {
          url: this.http.endpoint,
          events: [
            this.getEvent(),
          ],
          filters: filled(this.getFilters()),
        },
        idempotencyKey,
      }));
      this.db.set(PLACE, {
        id,
        secret,
      });
    },
    async deactivate() {
      await this.forget();
    },
  },
  methods: {
    async forget() {
      const webhook = this.db.get(PLACE);
      if (!webhook) return;
      await this.mioHub.deleteWebhook({
        webhookId: webhook.id,
      });
      this.db.set(PLACE, null);
    },
    meta(call, id, ts) {
      return {
        id,
        summary: told(call),
        ts,
      };
    },
  },
  async run({
    headers, body, bodyRaw,
  }) {
    const webhook = this.db.get(PLACE);
    if (!webhook || !isSigned(webhook.secret, headers, bodyRaw)) {
      this.http.respond({
        status: 401,
        body: "The signature does not match.",
      });
      return;
    }
    const {
      call, id, test, timestamp,
    } = body;
    // A sample, sent to try the webhook, is about no call that there was.
    if (!test) this.$emit(call, this.meta(call, id, Number(timestamp) * 1000));
    this.http.respond({
      status: 200,
    });
  },
};
