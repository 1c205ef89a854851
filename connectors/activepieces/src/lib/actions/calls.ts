import { createAction } from '@activepieces/pieces-framework';
import { mioHubAuth } from '../auth';
import { getCall as get, listCalls as list, type Call } from '../common/calls';
import { checked } from '../common/checking';
import { ask } from '../common/client';
import * as words from '../generated/actions';
import * as checks from '../generated/checks';

const MOST = 100;

export const getCall = createAction({
  auth: mioHubAuth,
  ...words.getCall,
  run: async (context) => {
    const { callId } = checked(checks.getCall, context.propsValue);
    return get(context.auth.props, String(callId));
  },
});

export const cancelCall = createAction({
  auth: mioHubAuth,
  ...words.cancelCall,
  run: async (context) => {
    const { callId } = checked(checks.cancelCall, context.propsValue);
    return ask<Call>(context.auth.props, `/calls/${encodeURIComponent(String(callId))}/cancel`, { method: 'POST', has: 'id' });
  },
});

export const listCalls = createAction({
  auth: mioHubAuth,
  ...words.listCalls,
  run: async (context) => list(context.auth.props, { ...checked(checks.listCalls, context.propsValue), limit: MOST }),
});

/** Gives null where there is none. */
export const findLatestCall = createAction({
  auth: mioHubAuth,
  ...words.findLatestCall,
  run: async (context) => {
    const [found] = await list(context.auth.props, { ...checked(checks.findLatestCall, context.propsValue), limit: 1 });
    return found ?? null;
  },
});
