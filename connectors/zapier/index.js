import { version as platformVersion } from 'zapier-platform-core';

import authentication from './authentication.js';
import apiRequest from './creates/api-request.js';
import cancelCall from './creates/cancel-call.js';
import startCallAndWait from './creates/start-call-and-wait.js';
import { starts } from './creates/starts.js';
import { addressed, checked } from './lib/middleware.js';
import packageJson from './package.json' with { type: 'json' };
import findCall from './searches/find-call.js';
import findLatestCall from './searches/find-latest-call.js';
import { callTriggers } from './triggers/calls.js';
import listCalls from './triggers/list-calls.js';

/** @param {{key: string}[]} definitions */
const byKey = (...definitions) => Object.fromEntries(definitions.map((one) => [one.key, one]));

export default {
  version: packageJson.version,
  platformVersion,
  authentication,
  beforeRequest: [addressed],
  afterResponse: [checked],
  flags: {
    cleanInputData: false, // lib/inputs.js drops what is empty: an API request may need it
    skipThrowForStatus: true, // lib/middleware.js has a class of error for every status
    throwForThrottlingEarly: false, // and tells a limit in the hub's own words
  },
  triggers: byKey(...callTriggers, listCalls),
  creates: byKey(...starts, startCallAndWait, cancelCall, apiRequest),
  searches: byKey(findCall, findLatestCall),
  searchOrCreates: {
    findCall: {
      key: 'findCall',
      display: {
        label: 'Find or Start Call',
        description: 'Finds a call, or starts one if there is none.',
      },
      search: 'findCall',
      create: 'startCall',
    },
  },
};
