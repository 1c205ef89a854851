import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	JsonObject,
} from 'n8n-workflow';
import { NodeApiError, NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';

import { startBatch } from './calls/batch';
import { cancel, get, getAll, getCalls } from './calls/reading';
import { schedule, start } from './calls/starting';
import { RESUME_WEBHOOKS, resume, startAndWait } from './calls/waiting';
import * as doNotCall from './doNotCall';
import { callProperties } from './generated/call';
import { doNotCallProperties } from './generated/doNotCall';

/** Done with each input item by itself. */
const EACH: Record<string, (node: IExecuteFunctions, itemIndex: number) => Promise<IDataObject[]>> = {
	'call.start': start,
	'call.schedule': schedule,
	'call.get': get,
	'call.getAll': getAll,
	'call.cancel': cancel,
	'doNotCall.create': doNotCall.add,
	'doNotCall.delete': doNotCall.remove,
	'doNotCall.getAll': doNotCall.getAll,
};

/** Done with all input items together. */
const TOGETHER: Record<string, (node: IExecuteFunctions) => Promise<INodeExecutionData[]>> = {
	'call.startAndWait': startAndWait,
	'call.startBatch': startBatch,
};

export class MioHub implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Mio Hub',
		name: 'mioHub',
		icon: { light: 'file:../../icons/miohub.svg', dark: 'file:../../icons/miohub.dark.svg' },
		group: ['output'],
		version: [1],
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Place AI phone calls, and get what was said',
		defaults: { name: 'Mio Hub' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		usableAsTool: true,
		credentials: [{ name: 'mioHubApi', required: true }],
		webhooks: RESUME_WEBHOOKS,
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Call', value: 'call' },
					{ name: 'Do Not Call Number', value: 'doNotCall' },
				],
				default: 'call',
			},
			...callProperties,
			...doNotCallProperties,
		],
	};

	methods = { listSearch: { getCalls } };

	webhook = resume;

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const resource = this.getNodeParameter('resource', 0) as string;
		const operation = this.getNodeParameter('operation', 0) as string;
		const together = TOGETHER[`${resource}.${operation}`];
		const each = EACH[`${resource}.${operation}`];
		const items = this.getInputData();
		if (together) return [await orErrors(this, [...items.keys()], () => together(this))];
		const given = [];
		for (const item of items.keys()) {
			given.push(...(await orErrors(this, [item], async () => asItems(await each(this, item), item))));
		}
		return [given];
	}
}

function asItems(found: IDataObject[], item: number): INodeExecutionData[] {
	return found.map((json) => ({ json, pairedItem: { item } }));
}

/** What `act` gives; where the node goes on in spite of errors, an item that tells the error for each it was to do. */
async function orErrors(
	node: IExecuteFunctions,
	items: number[],
	act: () => Promise<INodeExecutionData[]>,
): Promise<INodeExecutionData[]> {
	try {
		return await act();
	} catch (error) {
		if (node.continueOnFail()) return items.flatMap((item) => asItems([{ error: error.message }], item));
		throw error instanceof NodeApiError
			? new NodeApiError(node.getNode(), error as unknown as JsonObject)
			: new NodeOperationError(node.getNode(), error, { itemIndex: items[0] });
	}
}
