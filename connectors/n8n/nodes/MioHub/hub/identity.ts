import { createHash, randomUUID } from 'crypto';
import type { IExecuteFunctions, IHookFunctions, ILoadOptionsFunctions } from 'n8n-workflow';

/**
 * The Idempotency-Key of what one item of one run of this node starts.
 *
 * It stays the same when n8n tries the node again (Retry On Fail) and when a person retries the failed execution, and
 * differs in every other run: in the next round of a loop, in the next execution, in another n8n.
 *
 * @param given the person's own Deduplication Key, which replaces all that
 */
export function keyFor(node: IExecuteFunctions, what: string, itemIndex: number, given?: string): string {
	if (given) return given;
	if (!isNamed(node)) return randomUUID();
	const { $runIndex } = node.getWorkflowDataProxy(itemIndex);
	return digest([runOf(node), node.getNode().id, $runIndex, itemIndex, what]);
}

/**
 * Whether n8n names a run of this node, over its own tries of it too. Where an agent calls the node as its sub-node, it
 * counts tries and calls alike, and nothing does.
 */
export function isNamed(node: IExecuteFunctions | IHookFunctions | ILoadOptionsFunctions): boolean {
	return !('isToolExecution' in node && node.isToolExecution());
}

/**
 * What names this execution and every retry of it. n8n gives an execution a random token and keeps it when the
 * execution is retried, while the execution's id changes. The token is a secret: only its digest leaves this machine.
 */
function runOf(node: IExecuteFunctions): unknown[] {
	const { $execution } = node.getWorkflowDataProxy(0);
	const token = new URL($execution.resumeUrl).searchParams.get('signature');
	return token ? [token] : [node.getInstanceId(), node.getExecutionId()];
}

function digest(parts: unknown[]): string {
	return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
