import { createPiece } from '@activepieces/pieces-framework';
import { PieceCategory } from '@activepieces/shared';
import { cancelCall, findLatestCall, getCall, listCalls } from './lib/actions/calls';
import { customApiCall } from './lib/actions/custom-api-call';
import { scheduleCall, startCall } from './lib/actions/start-call';
import { startCallAndWait } from './lib/actions/start-call-and-wait';
import { mioHubAuth } from './lib/auth';
import { words } from './lib/generated/connection';
import { callCompleted, callStarted, callUnanswered, voicemailLeft } from './lib/triggers';

export { mioHubAuth };

export const mioHub = createPiece({
  displayName: 'Mio Hub',
  description: words.about,
  auth: mioHubAuth,
  minimumSupportedRelease: '0.82.0',
  logoUrl: 'https://cdn.activepieces.com/pieces/mio-hub.png',
  categories: [PieceCategory.COMMUNICATION, PieceCategory.ARTIFICIAL_INTELLIGENCE],
  authors: ['miohub'],
  actions: [startCall, startCallAndWait, scheduleCall, cancelCall, getCall, listCalls, findLatestCall, customApiCall],
  triggers: [callCompleted, callStarted, voicemailLeft, callUnanswered],
});
