import { createCustomApiCallAction } from '@activepieces/pieces-common';
import { mioHubAuth } from '../auth';
import { apiAddress } from '../common/address';
import { keyOf } from '../common/client';
import { isRecord, MioHubError } from '../common/errors';

/** Sends the key to the hub alone: an address of another is refused. */
export const customApiCall = createCustomApiCallAction({
  auth: mioHubAuth,
  baseUrl: (auth) => apiAddress(auth?.props.baseUrl),
  authMapping: (auth, propsValue) => {
    const url: unknown = isRecord(propsValue) && isRecord(propsValue['url']) ? propsValue['url']['url'] : '';
    const home = apiAddress(auth.props.baseUrl);
    if (!isBelow(String(url), home)) throw new MioHubError('refused', `The URL must be a path, or begin with ${home}/.`);
    return Promise.resolve({ 'X-API-Key': keyOf(auth.props) });
  },
});

function isBelow(url: string, home: string): boolean {
  return !/^https?:/i.test(url) || new URL(url).href.startsWith(`${home}/`);
}
