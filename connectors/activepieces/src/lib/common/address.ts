import { MioHubError } from './errors';

const OURS = 'https://api.mio.gg';
const PATH = '/api/v1';
const THIS_MACHINE = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Where the API is: ours, or the one that a person gave, with or without its path and a slash at the end.
 * Throws MioHubError for what is no such address; the key would be sent there in the open.
 */
export function apiAddress(given?: string): string {
  const url = parsed(given?.trim() || OURS);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && THIS_MACHINE.has(url.hostname))) throw unusable();
  if (url.username || url.password || url.search || url.hash) throw unusable();
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.origin}${path.endsWith(PATH) ? path : path + PATH}`;
}

function parsed(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw unusable();
  }
}

function unusable(): MioHubError {
  return new MioHubError('refused', 'The Base URL must be the https address of a Mio Hub.', { field: 'baseUrl' });
}
