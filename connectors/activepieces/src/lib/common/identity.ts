import { createHash, randomUUID } from 'node:crypto';
import { ApId } from '@activepieces/shared';

/** Names one call that is wanted. `repeats` says whether the platform comes with the same key when it repeats the step. */
export interface Identity {
  key: string;
  repeats: boolean;
}

/** The run and the step in which we are. */
export interface Place {
  run: { id: string };
  step: { name: string };
}

/**
 * The same for every try of the same step in the same run, another for every other.
 *
 * Activepieces tells neither which try it is nor which turn of a loop. So what is wanted is part of the name: in a loop
 * everybody is called, and a try that is repeated, in the same run or by "retry from the failed step", calls nobody
 * again. `turn` tells turns apart where there is something to tell them by.
 */
export function identityOf({ run, step }: Place, wanted: object, given: unknown, turn = ''): Identity {
  if (typeof given === 'string' && given !== '') return { key: given, repeats: true };
  if (!inFlow(run)) return { key: `activepieces-${randomUUID()}`, repeats: false };
  const named = JSON.stringify([run.id, step.name, turn, Object.entries(wanted).sort()]);
  return { key: `activepieces-${createHash('sha256').update(named).digest('hex')}`, repeats: true };
}

/** Outside of a flow, as a tool of an agent, all runs share one name, which identifies nothing. */
export function inFlow(run: { id: string }): boolean {
  return ApId.safeParse(run.id).success;
}
