import { createAction } from '@activepieces/pieces-framework';
import { mioHubAuth } from '../auth';
import { start } from '../common/calls';
import { checked } from '../common/checking';
import { identityOf } from '../common/identity';
import * as words from '../generated/actions';
import * as checks from '../generated/checks';

export const startCall = createAction({
  auth: mioHubAuth,
  ...words.startCall,
  run: async (context) => {
    const { idempotencyKey, ...wanted } = checked(checks.startCall, context.propsValue);
    return start(context.auth.props, wanted, identityOf(context, wanted, idempotencyKey));
  },
});

export const scheduleCall = createAction({
  auth: mioHubAuth,
  ...words.scheduleCall,
  run: async (context) => {
    const { idempotencyKey, ...wanted } = checked(checks.scheduleCall, context.propsValue);
    return start(context.auth.props, wanted, identityOf(context, wanted, idempotencyKey));
  },
});
