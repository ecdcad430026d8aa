/** The Python that asks what the page asked, with the package `diversity_client`. */

import { viewsOf, EQUAL } from "./blend.js";
import { PLAIN } from "./tuning.js";
import { weighed } from "./seen.js";

/** `text` as a Python string: JSON's escapes mean the same there. */
export const pythonString = (text) => JSON.stringify(text);

/**
 * @param {"divergent"|"similar"} mode
 * @param {import("./question.js").Query} query
 * @param {import("./blend.js").Wish} wish
 * @param {string} base  the gateway's address
 * @param {boolean} keyed  whether the gateway wants a key: the client takes it from the environment
 */
export function pythonCode(mode, query, wish, base, keyed = false) {
  const arguments_ = [...subject(query), `n=${wish.n}`, ...options(mode, wish)].join(", ");
  return [
    ...("file" in query ? ["from pathlib import Path", ""] : []),
    "from diversity_client import Client",
    "",
    ...(keyed ? ["# The key is the environment's DIVERSITY_API_KEY."] : []),
    `with Client(${pythonString(base.replace(/\/$/, ""))}) as gateway:`,
    `    answer = gateway.${mode}(${arguments_})`,
    "    for result in answer.results:",
    "        print(result.rank, result.image_id, result.divergence)",
    "",
  ].join("\n");
}

function subject(query) {
  if ("id" in query) return [`image_id=${pythonString(query.id)}`];
  if ("user" in query) return [`user_id=${pythonString(query.user)}`];
  if ("file" in query) return [`image=Path(${pythonString(query.file.name)})`];
  const seen = weighed(query.seen, query.fade).map(({ image_id: id, weight = 1 }) =>
    weight === 1 ? pythonString(id) : `(${pythonString(id)}, ${weight})`,
  );
  return [`history=[${seen.join(", ")}]`];
}

function options(mode, wish) {
  const { words } = wish;
  const { low, high, diversity, raw } = { ...PLAIN, ...wish };
  const views = viewsOf(words);
  const found = [];
  if (views.length === 1) found.push(`views=[${pythonString(views[0])}]`);
  else if (words !== EQUAL) found.push(`weights={"drml": ${tidy(1 - words)}, "caption": ${tidy(words)}}`);
  if (mode !== "divergent") return found;
  if (low !== PLAIN.low || high !== PLAIN.high) found.push(`band=(${low}, ${high})`);
  if (diversity) found.push(`diversity=${diversity}`);
  if (raw) found.push("raw=True");
  return found;
}

const tidy = (share) => Number(share.toFixed(2));
