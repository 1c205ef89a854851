// Serves requests of tests/connectors/runtime.py: one JSON line in, one JSON line out, one after another.

import { createInterface } from 'node:readline';

/** An error that says by itself what kind it is; other errors are told by the driver's `kindOf`. */
export class Threw extends Error {
  constructor(kind, message, { field, retryAfter } = {}) {
    super(message);
    Object.assign(this, { kind, field, retryAfter });
  }
}

/**
 * @param {Record<string, (given: any) => any>} verbs  what can be asked for
 * @param {(error: any) => {kind: string, field?: string, retryAfter?: number} | undefined} kindOf
 *   how the platform would see an error; undefined for a fault of the connector, which ends the driver
 */
export async function serve(verbs, kindOf) {
  console.log = console.error; // standard output is for answers
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: name, with: given } = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await answer(verbs[name], given, kindOf))}\n`);
  }
}

async function answer(verb, given, kindOf) {
  try {
    return { gave: (await verb(given)) ?? null };
  } catch (error) {
    const told = error instanceof Threw ? error : kindOf(error);
    if (!told) throw error;
    const { kind, field, retryAfter } = told;
    return { threw: { kind, field, retryAfter, message: told.message ?? error.message } };
  }
}
