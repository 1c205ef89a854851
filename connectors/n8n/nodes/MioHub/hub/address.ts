import { UserError } from 'n8n-workflow';

/** Where the hub is, unless one is self-hosted. */
export const API = 'https://api.mio.gg/api/v1';

/** How the nodes tell the hub who speaks. */
export const CLIENT = 'mio-hub-n8n/0.1.0';

const VERSION = '/api/v1';
const LOCAL = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The whole address of a request.
 *
 * @param base what a person typed: with or without a slash at its end, with or without /api/v1
 * @param target a path of the API (`/calls`), or a whole address of this same hub
 * @throws UserError when the key would travel unencrypted, or to another host
 */
export function addressOf(base: string, target: string): string {
	const hub = hubAt(base);
	if (target.startsWith('/')) return `${hub}${target}`;
	if (parsed(target).origin !== parsed(hub).origin) {
		throw new UserError(`The API key of ${parsed(hub).host} is not sent to another host.`);
	}
	return target;
}

function hubAt(base: string): string {
	const url = parsed(base.trim());
	if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOCAL.includes(url.hostname))) {
		throw new UserError('The base URL must start with https://, so that the API key is sent encrypted.');
	}
	const path = url.pathname.replace(/\/+$/, '');
	return `${url.origin}${path.endsWith(VERSION) ? path : `${path}${VERSION}`}`;
}

function parsed(address: string): URL {
	if (URL.canParse(address)) return new URL(address);
	throw new UserError(`“${address}” is no web address. An example is ${API}.`);
}
