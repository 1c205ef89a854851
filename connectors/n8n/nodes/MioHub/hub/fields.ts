import type { IDataObject } from 'n8n-workflow';

/** A collection's fields without what a person has added but left empty. */
export function filled(fields: IDataObject): IDataObject {
	const isFilled = (value: unknown) => value !== '' && !(Array.isArray(value) && value.length === 0);
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => isFilled(value)));
}
