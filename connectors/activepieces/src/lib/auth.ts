import { PieceAuth, Property } from '@activepieces/pieces-framework';
import { ask } from './common/client';
import { MioHubError } from './common/errors';
import { words } from './generated/connection';

export const mioHubAuth = PieceAuth.CustomAuth({
  required: true,
  props: {
    apiKey: PieceAuth.SecretText({ ...words.apiKey, required: true }),
    baseUrl: Property.ShortText({ ...words.baseUrl, required: false }),
  },
  validate: async ({ auth }) => {
    try {
      await ask(auth, '/me', { has: 'id' });
      return { valid: true };
    } catch (error) {
      if (!(error instanceof MioHubError)) throw error;
      return { valid: false, error: error.message };
    }
  },
});
