/** The shell command that asks what the page asked. */

import { searchPath } from "./blend.js";
import { jsonOf, mediaType } from "./question.js";

/** `text` as one word of a POSIX shell. */
export const shellQuote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * @param {"divergent"|"similar"} mode
 * @param {import("./question.js").Query} query
 * @param {import("./blend.js").Wish} wish
 * @param {string} base  the gateway's address, ending in `/`
 * @param {boolean} keyed  whether the gateway wants a key: named by a variable of the shell, never itself
 */
export function curlCommand(mode, query, wish, base, keyed = false) {
  const url = shellQuote(new URL(searchPath(mode, wish), base).href);
  const json = jsonOf(query);
  const [type, flag, data] = json
    ? ["application/json", "--data", JSON.stringify(json)]
    : [mediaType(query.file), "--data-binary", `@${query.file.name}`];
  const key = keyed ? ` -H "X-API-Key: $DIVERSITY_API_KEY"` : "";
  return `curl -sS ${url}${key} -H ${shellQuote(`Content-Type: ${type}`)} ${flag} ${shellQuote(data)}`;
}

/** Copies text; false where the browser does not allow it. */
export async function copyText(text) {
  // navigator.clipboard exists on https and localhost only; a gateway on a plain http address needs the old way.
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "offscreen";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}
