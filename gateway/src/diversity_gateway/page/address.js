/**
 * The query in the address, after the `#`: `id=<image id>&n=<count>&words=<share>` can be shared, and so can
 * `seen=<image id>&seen=<image id>` or `user=<user id>`; `upload=<number>` names a picture that only this tab holds,
 * so that back and forward work between pictures too.
 */

import { EQUAL, wordsFrom } from "./blend.js";
import { fadeFrom, STEADY, withSeen } from "./seen.js";
import { tuningFrom, writeTuning } from "./tuning.js";

export const DEFAULT_COUNT = 5;
const LARGEST_COUNT = 100;

/**
 * @typedef {import("./blend.js").Wish} Wish
 * @typedef {{kind: "none"} | {kind: "id", id: string} | {kind: "upload", key: number}
 *   | {kind: "seen", seen: string[], fade: number} | {kind: "user", user: string}} Subject
 * @typedef {Subject & Wish} Address
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
  const wish = { n, words: wordsFrom(fields.get("words")), ...tuningFrom(fields) };
  if (fields.has("seen")) {
    const seen = fields.getAll("seen").filter(Boolean).reduce(withSeen, []);
    return { kind: "seen", seen, fade: fadeFrom(fields.get("fade")), ...wish };
  }
  const user = fields.get("user");
  if (user) return { kind: "user", user, ...wish };
  const id = fields.get("id");
  if (id) return { kind: "id", id, ...wish };
  const key = Number(fields.get("upload"));
  if (Number.isInteger(key) && key > 0) return { kind: "upload", key, ...wish };
  return { kind: "none", ...wish };
}

/**
 * The inverse of `parseAddress`, starting with `#`; what is as usual is left out.
 * @param {Address} address
 */
export function formatAddress(address) {
  const fields = new URLSearchParams();
  if (address.kind === "id") fields.set("id", address.id);
  if (address.kind === "upload") fields.set("upload", String(address.key));
  if (address.kind === "user") fields.set("user", address.user);
  if (address.kind === "seen") {
    for (const id of address.seen.length > 0 ? address.seen : [""]) fields.append("seen", id);
    if (address.fade !== STEADY) fields.set("fade", String(address.fade));
  }
  if (address.n !== DEFAULT_COUNT) fields.set("n", String(address.n));
  if (address.words !== EQUAL) fields.set("words", String(address.words));
  writeTuning(fields, address);
  return `#${fields}`;
}

/**
 * The link of a picture of the catalogue: it asks about that picture, or adds it to a history that is asked about.
 * @param {Wish & {kind?: string, seen?: string[], fade?: number}} from  the present address, or a wish alone
 */
export function addressOf(id, from) {
  if (from.kind === "seen") return formatAddress({ ...from, seen: withSeen(from.seen, id) });
  return formatAddress({ ...from, kind: "id", id });
}
