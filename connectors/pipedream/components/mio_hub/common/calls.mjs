import { failure } from "./errors.mjs";

const OVER = new Set([
  "completed",
  "no-answer",
  "busy",
  "failed",
  "canceled",
]);

export function isOver(call) {
  return OVER.has(call.status);
}

/** The call in a few words, for people. */
export function told(call) {
  return `${call.name ?? call.toNumber}: ${call.status}`;
}

/**
 * Start a call, once, even if an answer gets lost.
 * @param {object} app
 * @param {object} $
 * @param {object} wanted  the request
 * @param {{key: string, repeats: boolean}} identity
 */
export async function start(app, $, wanted, {
  key, repeats,
}) {
  let isLost = false;
  const attempt = () => app.createCall({
    $,
    data: wanted,
    idempotencyKey: key,
  }).catch((error) => {
    isLost ||= error.kind === "unknown";
    throw error;
  });
  try {
    return await twice(attempt);
  } catch (error) {
    // With a new key, as the next run would bring, it is not safe to do it again.
    const isUnknown = isLost && !repeats && !tellsOfKey(error);
    if (error.kind === "unknown" || isUnknown) throw inDoubt(repeats);
    throw error.code === "idempotency_conflict"
      ? conflict(error)
      : error;
  }
}

/** Once more, with the same key, if the answer got lost. */
export async function twice(attempt) {
  try {
    return await attempt();
  } catch (error) {
    if (error.kind !== "unknown") throw error;
    return attempt();
  }
}

/** Whether the hub has looked at the key before it refused: not where nothing was let in. */
function tellsOfKey({
  kind, code,
}) {
  return (kind === "refused" || kind === "halted") && code !== undefined;
}

function inDoubt(repeats) {
  return repeats
    ? failure("later", "Mio Hub did not answer. Retry this step: if the call was started, it is not started again.")
    : failure("unknown", "Mio Hub did not answer, and the call may have been started. Look with List Calls before you start it again.");
}

function conflict({ code }) {
  return failure("refused", "This call was already started, by an earlier run, with other inputs, or with another address to report to. Nobody was called again; Find Latest Call With a Number gives the call.", {
    code,
  });
}
