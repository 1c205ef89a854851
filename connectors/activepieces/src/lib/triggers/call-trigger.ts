import {
  createTrigger,
  DEDUPE_KEY_PROPERTY,
  TriggerStrategy,
  type InputPropertyMap,
  type OutputSchema,
  type Store,
} from '@activepieces/pieces-framework';
import { randomUUID } from 'node:crypto';
import { mioHubAuth } from '../auth';
import { listCalls } from '../common/calls';
import { isEmpty } from '../common/checking';
import { ask, type Connection } from '../common/client';
import { MioHubError } from '../common/errors';
import { asEvent } from '../common/event';
import { isSigned } from '../common/signature';

/** What tells one trigger from another. */
export interface Words<Props extends InputPropertyMap> {
  name: string;
  displayName: string;
  description: string;
  props: Props;
  /** What its webhook hears of. */
  event: string;
  /** Filters beside those that a person chooses. */
  fixed: Record<string, unknown>;
  /** The query that lists the like of what it gives. */
  listed: Record<string, string>;
  sampleData: unknown;
  outputSchema: OutputSchema;
}

/** Our webhook at the hub, which belongs to this flow alone. */
interface Subscription {
  id: string;
  secret: string;
}

const PLACE = 'mio-hub-webhook';
const SAMPLES = 5;

export function callTrigger<Props extends InputPropertyMap>({ event, fixed, listed, ...words }: Words<Props>) {
  return createTrigger({
    auth: mioHubAuth,
    ...words,
    type: TriggerStrategy.WEBHOOK,
    onEnable: async ({ auth, store, webhookUrl, propsValue }) => {
      await forget(auth.props, store); // of a flow that could not be disabled
      const wanted = { url: webhookUrl, events: [event], filters: { ...chosen(propsValue), ...fixed } };
      const made = await subscribe(auth.props, wanted);
      await store.put<Subscription>(PLACE, { id: made.id, secret: made.secret });
    },
    onDisable: ({ auth, store }) => forget(auth.props, store),
    run: async ({ store, payload }) => {
      const subscription = await store.get<Subscription>(PLACE);
      const given = asEvent(payload.body);
      const bytes = typeof payload.rawBody === 'string' ? payload.rawBody : JSON.stringify(payload.body);
      if (!given || !subscription || !isSigned(subscription.secret, payload.headers, bytes)) return [];
      if (given.test) return []; // sent to try the webhook: there was no such call
      // The platform takes the key out again, and starts no flow twice for the same one.
      return [{ ...given.call, [DEDUPE_KEY_PROPERTY]: given.id }];
    },
    test: ({ auth, propsValue }) => listCalls(auth.props, { ...listed, ...chosen(propsValue), limit: SAMPLES }),
  });
}

/** The same key for both tries: an answer that gets lost leaves no second webhook behind. */
async function subscribe(connection: Connection, wanted: object): Promise<Subscription> {
  const attempt = { method: 'POST', body: wanted, idempotencyKey: randomUUID(), has: 'secret' } as const;
  return ask<Subscription>(connection, '/webhooks', attempt).catch((error: unknown) => {
    if (!(error instanceof MioHubError) || error.kind !== 'unknown') throw error;
    return ask<Subscription>(connection, '/webhooks', attempt);
  });
}

async function forget(connection: Connection, store: Store): Promise<void> {
  const subscription = await store.get<Subscription>(PLACE);
  if (!subscription) return;
  await ask(connection, `/webhooks/${subscription.id}`, { method: 'DELETE' }).catch((error: unknown) => {
    // A key that was revoked can remove nothing; the hub gives the webhook up when the flow's address is gone.
    const isOutOfReach = error instanceof MioHubError && (error.code === 'not_found' || error.kind === 'auth');
    if (!isOutOfReach) throw error;
  });
  await store.delete(PLACE);
}

function chosen(filters: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(filters).filter(([name, value]) => name !== 'auth' && !isEmpty(value)));
}
