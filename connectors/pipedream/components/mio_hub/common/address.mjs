import { failure } from "./errors.mjs";

const OURS = "https://api.mio.gg";
const PATH = "/api/v1";
const THIS_MACHINE = new Set([
  "localhost",
  "127.0.0.1",
  "[::1]",
]);

/**
 * Where the API is: ours, or the one that a person gave, with or without its path and a slash at
 * the end. Throws for what is no such address: the key would be sent there in the open.
 * @param {string} [given]
 * @returns {string}
 */
export function apiAddress(given) {
  const text = given?.trim() || OURS;
  if (!URL.canParse(text)) throw unusable();
  const url = new URL(text);
  const isPrivate = url.protocol === "https:"
    || (url.protocol === "http:" && THIS_MACHINE.has(url.hostname));
  if (!isPrivate || url.username || url.password || url.search || url.hash) throw unusable();
  const path = url.pathname.replace(/\/+$/, "");
  return `${url.origin}${path.endsWith(PATH)
    ? path
    : path + PATH}`;
}

function unusable() {
  return failure("refused", "The base URL must be the https address of a Mio Hub.", {
    field: "base_url",
  });
}
