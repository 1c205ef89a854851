import { createCustomApiCallAction } from '@activepieces/pieces-common';
import { mioHubAuth } from '../auth';
import { apiAddress } from '../common/address';
import { CLIENT, keyOf } from '../common/client';
import { isRecord, MioHubError } from '../common/errors';

/** Sends the key to the hub alone: an address of another is refused. */
export const customApiCall = createCustomApiCallAction({
  auth: mioHubAuth,
  baseUrl: (auth) => apiAddress(auth?.props.baseUrl),
  authMapping: (auth, propsValue) => {
    const given = isRecord(propsValue) ? propsValue : {};
    const url = isRecord(given['url']) ? String(given['url']['url']) : '';
    const home = apiAddress(auth.props.baseUrl);
    if (!isBelow(url, home)) throw new MioHubError('refused', `The URL must be a path, or begin with ${home}/.`);
    if (given['followRedirects']) throw new MioHubError('refused', 'Redirects are not followed: the API key would go along.');
    return Promise.resolve({ 'X-API-Key': keyOf(auth.props), 'User-Agent': CLIENT });
  },
});

/** Whether a request for `url` stays within the API, also one that climbs by "..". */
function isBelow(url: string, home: string): boolean {
  const whole = /^https?:\/\//.test(url) ? url : `${home}/${url}`;
  return URL.canParse(whole) && new URL(whole).href.startsWith(`${home}/`);
}
