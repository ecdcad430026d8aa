/**
 * The query in the address, after the `#`: `id=<image id>&n=<count>&words=<share>` can be shared;
 * `upload=<number>` names a picture that only this tab holds, so that back and forward work between pictures too.
 */

import { EQUAL, wordsFrom } from "./blend.js";

export const DEFAULT_COUNT = 5;
const LARGEST_COUNT = 100;

/**
 * @typedef {import("./blend.js").Wish} Wish
 * @typedef {({kind: "none"} | {kind: "id", id: string} | {kind: "upload", key: number}) & Wish} Address
 */

/**
 * Reads an address; whatever cannot be read counts as absent.
 * @param {string} hash
 * @returns {Address}
 */
export function parseAddress(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const wanted = Number(fields.get("n") ?? DEFAULT_COUNT);
  const n = Number.isInteger(wanted) && wanted >= 1 && wanted <= LARGEST_COUNT ? wanted : DEFAULT_COUNT;
  const wish = { n, words: wordsFrom(fields.get("words")) };
  const id = fields.get("id");
  if (id) return { kind: "id", id, ...wish };
  const key = Number(fields.get("upload"));
  if (Number.isInteger(key) && key > 0) return { kind: "upload", key, ...wish };
  return { kind: "none", ...wish };
}

/**
 * The inverse of `parseAddress`, starting with `#`; the default count and share are left out.
 * @param {Address} address
 */
export function formatAddress(address) {
  const fields = new URLSearchParams();
  if (address.kind === "id") fields.set("id", address.id);
  if (address.kind === "upload") fields.set("upload", String(address.key));
  if (address.n !== DEFAULT_COUNT) fields.set("n", String(address.n));
  if (address.words !== EQUAL) fields.set("words", String(address.words));
  return `#${fields}`;
}

/**
 * The link that asks about a picture of the catalogue.
 * @param {Wish} wish
 */
export const addressOf = (id, { n, words }) => formatAddress({ kind: "id", id, n, words });
