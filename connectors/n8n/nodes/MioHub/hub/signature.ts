import { createHmac, timingSafeEqual } from 'crypto';

const SECONDS_OF_VALIDITY = 300;

/** What a request of the hub bears: header names in small letters, the body as its bytes came. */
export interface Signed {
	headers: Record<string, unknown>;
	body: Uint8Array;
}

/**
 * Whether the hub has signed this with our webhook's secret, within the last five minutes.
 *
 * @param now in Unix seconds
 */
export function isSigned({ headers, body }: Signed, secret: string, now: number): boolean {
	const timestamp = headers['x-mio-timestamp'];
	const signature = headers['x-mio-signature'];
	if (typeof timestamp !== 'string' || typeof signature !== 'string' || !/^\d+$/.test(timestamp)) return false;
	if (Math.abs(now - Number(timestamp)) > SECONDS_OF_VALIDITY) return false;
	const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
	const [given, wanted] = [Buffer.from(signature), Buffer.from(expected)];
	return given.length === wanted.length && timingSafeEqual(given, wanted);
}
