/** A query as the gateway takes it: the bytes of a picture, or JSON. */

import { weighed } from "./seen.js";

/** @typedef {{id: string} | {file: File} | {seen: string[], fade: number} | {user: string}} Query */

/** The JSON of a query; null for a picture that is sent. */
export function jsonOf(query) {
  if ("id" in query) return { image_id: query.id };
  if ("seen" in query) return { history: weighed(query.seen, query.fade) };
  return "user" in query ? { user_id: query.user } : null;
}

/** Body and media type. */
export function bodyOf(query) {
  const json = jsonOf(query);
  return json
    ? { body: JSON.stringify(json), type: "application/json" }
    : { body: query.file, type: mediaType(query.file) };
}

/** A file's type as the gateway takes it; without one, its content decides. */
export const mediaType = (file) => file.type || "application/octet-stream";
