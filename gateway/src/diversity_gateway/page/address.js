/**
 * The query in the address, after the `#`: `id=<image id>&n=<count>` can be shared; `upload=<number>` names a
 * picture that only this tab holds, so that back and forward work between pictures too.
 */

export const DEFAULT_COUNT = 5;
const LARGEST_COUNT = 100;

/**
 * @typedef {{kind: "none", n: number} | {kind: "id", id: string, n: number} |
 *   {kind: "upload", key: number, n: number}} Address
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
  const id = fields.get("id");
  if (id) return { kind: "id", id, n };
  const key = Number(fields.get("upload"));
  if (Number.isInteger(key) && key > 0) return { kind: "upload", key, n };
  return { kind: "none", n };
}

/**
 * The inverse of `parseAddress`, starting with `#`; the default count is left out.
 * @param {Address} address
 */
export function formatAddress(address) {
  const fields = new URLSearchParams();
  if (address.kind === "id") fields.set("id", address.id);
  if (address.kind === "upload") fields.set("upload", String(address.key));
  if (address.n !== DEFAULT_COUNT) fields.set("n", String(address.n));
  return `#${fields}`;
}

/** The link that asks about a picture of the catalogue. */
export const addressOf = (id, n) => formatAddress({ kind: "id", id, n });
