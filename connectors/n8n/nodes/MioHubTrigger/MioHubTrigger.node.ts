import type {
	IDataObject,
	IHookFunctions,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { isSigned } from '../MioHub/hub/signature';
import { triggerProperties } from './generated/trigger';
import { isSubscribed, kept, subscribe, unsubscribe } from './subscribing';

export class MioHubTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Mio Hub Trigger',
		name: 'mioHubTrigger',
		icon: { light: 'file:../../icons/miohub.svg', dark: 'file:../../icons/miohub.dark.svg' },
		group: ['trigger'],
		version: [1],
		subtitle: '={{ $parameter["event"] }}',
		description: 'Start a workflow when something has happened to an AI phone call',
		defaults: { name: 'Mio Hub Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'mioHubApi', required: true }],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' }],
		properties: triggerProperties,
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await isSubscribed(this);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				await subscribe(this);
				return true;
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				await unsubscribe(this);
				return true;
			},
		},
	};

	/**
	 * Starts the workflow with the event's call, if the hub has signed it. A sample that was sent to try the webhook is
	 * shown in the editor alone: its call does not exist.
	 */
	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const { secret } = kept(this);
		const signed = {
			headers: this.getHeaderData() as IDataObject,
			body: this.getRequestObject().rawBody ?? Buffer.alloc(0),
		};
		if (!secret || !isSigned(signed, secret, Date.now() / 1_000)) {
			this.getResponseObject().status(401).json({ error: 'This request is not signed by the hub.' });
			return { noWebhookResponse: true };
		}
		const { call, test } = this.getBodyData() as { call: IDataObject; test?: boolean };
		if (test && this.getMode() !== 'manual') return {};
		return { workflowData: [this.helpers.returnJsonArray([call])] };
	}
}
