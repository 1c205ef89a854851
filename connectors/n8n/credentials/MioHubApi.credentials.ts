import type {
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	Icon,
	INodeProperties,
} from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { API, CLIENT, addressOf } from '../nodes/MioHub/hub/address';

export class MioHubApi implements ICredentialType {
	name = 'mioHubApi';

	displayName = 'Mio Hub API';

	icon: Icon = { light: 'file:../icons/miohub.svg', dark: 'file:../icons/miohub.dark.svg' };

	documentationUrl = 'https://github.com/miohub/n8n-nodes-miohub?tab=readme-ov-file#credentials';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'sk_live_…',
			description:
				'Create one in your profile settings, under Integrations. A key that starts with sk_test_ calls nobody: its calls go to the sandbox and cost nothing.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: API,
			description:
				'Change it only for a hub that you host yourself: your API key is sent to this address. It must start with https://, except on this machine.',
		},
	];

	/** Adds the key, and completes the address. Throws before anything is sent when the address is not the hub's. */
	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		const { baseURL, ...rest } = request;
		return {
			...rest,
			url: addressOf(String(credentials.baseUrl || API), `${baseURL ?? ''}${request.url}`),
			headers: { ...request.headers, 'X-API-Key': keyIn(credentials), 'User-Agent': CLIENT },
			disableFollowRedirect: true, // the key goes nowhere else, and no POST turns into a GET
		};
	}

	test: ICredentialTestRequest = {
		request: { url: '/me' },
		rules: [
			{
				type: 'responseCode',
				properties: {
					value: 401,
					message: 'The API key is not valid. Copy it again, or create a new one in your profile settings.',
				},
			},
			{
				type: 'responseCode',
				properties: { value: 404, message: 'There is no hub at this base URL.' },
			},
		],
	};
}

/** As a header can carry it. The network's own words about one that it cannot would leave open whether it was sent. */
function keyIn({ apiKey }: ICredentialDataDecryptedObject): string {
	const key = String(apiKey).trim();
	if (/^[\x21-\x7e]+$/.test(key)) return key;
	throw new UserError('The API key has a sign that no key has. Copy it again.');
}
