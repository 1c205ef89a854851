import { axios } from "@pipedream/platform";
import { apiAddress } from "./common/address.mjs";
import { told } from "./common/calls.mjs";
import { isEmpty } from "./common/checking.mjs";
import {
  failure, refusal, unanswered,
} from "./common/errors.mjs";
import definitions from "./common/generated/definitions.mjs";

const ANSWER_SECONDS = 12;
const OPTIONS = 50;
const CLIENT = "mio-hub-pipedream/0.1.0";

function isAnswer(data, has) {
  return typeof data === "object" && data !== null && (!has || has in data);
}

export default {
  type: "app",
  app: "mio_hub",
  propDefinitions: {
    ...definitions,
    callId: {
      ...definitions.callId,
      label: definitions.callId.label,
      description: definitions.callId.description,
      async options({ prevContext }) {
        if (prevContext?.cursor === null) return [];
        const {
          data, nextCursor,
        } = await this.listCalls({
          params: {
            limit: OPTIONS,
            cursor: prevContext?.cursor,
          },
        });
        return {
          options: data.map((call) => ({
            label: `${told(call)}, ${call.createdAt}`,
            value: call.id,
          })),
          context: {
            cursor: nextCursor,
          },
        };
      },
    },
  },
  methods: {
    /**
     * What the API answers. Throws the errors of common/errors.mjs.
     * `path` begins below /api/v1. `idempotencyKey`: the same key and data again is the same
     * request, which is carried out once. `seconds`: the longest wait for an answer. `has`: a
     * field without which an answer is not the hub's.
     */
    async _request({
      $ = this, path, params, idempotencyKey, seconds = ANSWER_SECONDS, has, ...options
    }) {
      const response = await axios($, {
        url: `${apiAddress(this.$auth.base_url)}${path}`,
        headers: {
          "X-API-Key": this._key(),
          "User-Agent": CLIENT,
          "Idempotency-Key": idempotencyKey,
        },
        params: this._params(params),
        timeout: seconds * 1000,
        maxRedirects: 0,
        validateStatus: () => true,
        returnFullResponse: true,
        ...options,
      }).catch((error) => {
        throw unanswered(error);
      });
      if (response.status >= 300) throw refusal(response);
      if (!isAnswer(response.data, has)) throw failure("unknown", "What answered is not Mio Hub. Check the base URL.");
      return response.data;
    },
    /** What can stand in a header; all else is no key of ours. */
    _key() {
      const key = this.$auth.api_key.trim();
      if (!/^[\x21-\x7e]+$/.test(key)) throw failure("auth", "The API key is not valid.");
      return key;
    },
    /** What was left out stays out; several values stand with commas between them. */
    _params(given = {}) {
      const entries = Object.entries(given).filter(([
        , value,
      ]) => !isEmpty(value));
      return Object.fromEntries(entries.map(([
        name,
        value,
      ]) => [
        name,
        String(value),
      ]));
    },
    getMe(args) {
      return this._request({
        path: "/me",
        has: "id",
        ...args,
      });
    },
    createCall(args) {
      return this._request({
        method: "POST",
        path: "/calls",
        has: "id",
        ...args,
      });
    },
    /** `wait`: seconds to wait for the end of the call, at most 25. */
    getCall({
      callId, wait, ...args
    }) {
      return this._request({
        path: `/calls/${encodeURIComponent(callId)}`,
        has: "id",
        params: {
          wait,
        },
        seconds: ANSWER_SECONDS + (wait ?? 0),
        ...args,
      });
    },
    cancelCall({
      callId, ...args
    }) {
      return this._request({
        method: "POST",
        path: `/calls/${encodeURIComponent(callId)}/cancel`,
        has: "id",
        ...args,
      });
    },
    listCalls(args) {
      return this._request({
        path: "/calls",
        has: "data",
        ...args,
      });
    },
    createWebhook(args) {
      return this._request({
        method: "POST",
        path: "/webhooks",
        has: "secret",
        ...args,
      });
    },
    /**
     * One that is not there any more is no error. Neither is a key that was revoked, which can
     * remove nothing: the hub gives the webhook up when the source's address is gone.
     */
    async deleteWebhook({
      webhookId, ...args
    }) {
      try {
        await this._request({
          method: "DELETE",
          path: `/webhooks/${webhookId}`,
          ...args,
        });
      } catch (error) {
        if (error.code !== "not_found" && error.kind !== "auth") throw error;
      }
    },
  },
};
