import type { IDataObject } from 'n8n-workflow';

import { ask } from './ask';
import type { Asking } from './ask';

interface Page {
	data: IDataObject[];
	nextCursor: string | null;
}

const LARGEST_PAGE = 100;

/** Up to `limit` entries of a list of the hub, page after page. */
export async function list(
	asking: Asking,
	path: string,
	query: IDataObject,
	limit: number,
	itemIndex?: number,
): Promise<IDataObject[]> {
	const found: IDataObject[] = [];
	let cursor: string | null = null;
	do {
		const size = Math.min(limit - found.length, LARGEST_PAGE);
		const page: Page = await ask(
			asking,
			{ method: 'GET', path, gives: 'data', query: { ...query, limit: size, ...(cursor && { cursor }) } },
			itemIndex,
		);
		found.push(...page.data);
		cursor = page.nextCursor;
	} while (cursor && found.length < limit);
	return found;
}
