/** The gateway's HTTP calls, and its errors as `Problem`. Addresses are relative: a path prefix does no harm. */

import { searchPath } from "./blend.js";
import { keyHeaders, refused } from "./key.js";
import { bodyOf } from "./question.js";

/** A failed call: an RFC 9457 document, or no answer at all (status 0). */
export class Problem extends Error {
  constructor({ title, detail, status = 0, requestId = "", retryAfter = null }) {
    super(detail);
    this.name = "Problem";
    this.title = title;
    this.detail = detail;
    this.status = status;
    this.requestId = requestId;
    /** Seconds after which a new try makes sense, null where the gateway gave none. */
    this.retryAfter = retryAfter;
  }

  /** Whether asking the same again may end better. */
  get passing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  /** Whether another key may do it: none is known, or it may not do this. */
  get ofKey() {
    return this.status === 401 || this.status === 403;
  }

  /** Whether the same words would be shown. */
  sameAs(other) {
    return this.status === other.status && this.title === other.title && this.detail === other.detail;
  }
}

/** What a caller sees when nothing answered. */
export const noAnswer = () =>
  new Problem({ title: "No answer", detail: "The gateway cannot be reached. Is it still running?" });

/** The problem in a reply that is not 2xx; a proxy in between may answer with something else than JSON. */
export function problemFrom(status, body, retryAfter) {
  let document = {};
  try {
    document = JSON.parse(body) ?? {};
  } catch {
    document = {};
  }
  return new Problem({
    title: document.title ?? "The request failed",
    detail: document.detail ?? `The answer was status ${status} without an explanation.`,
    status,
    requestId: document.request_id ?? "",
    retryAfter: /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : null,
  });
}

const unlessAborted = (error) => {
  throw error.name === "AbortError" ? error : noAnswer();
};

/** The problem itself, after a key was asked for where that is what was wrong. */
function heard(problem, keyed) {
  if (problem.status === 401) refused(keyed, problem.detail);
  return problem;
}

async function call(path, options = {}) {
  const keyed = keyHeaders();
  const headers = { ...options.headers, ...keyed };
  const response = await fetch(path, { ...options, headers }).catch(unlessAborted);
  if (!response.ok) {
    throw heard(problemFrom(response.status, await response.text(), response.headers.get("Retry-After")), keyed);
  }
  return response.status === 204 ? null : response.json().catch(unlessAborted);
}

/** Where a picture's bytes are; `size` may be "thumb". */
export function contentUrl(id, size = "") {
  return `images/${encodeURIComponent(id)}/content${size ? `?size=${size}` : ""}`;
}

/**
 * Ranks the catalogue from a query.
 * @param {"divergent"|"similar"} mode
 * @param {import("./question.js").Query} query
 * @param {import("./blend.js").Wish} wish
 */
export function search(mode, query, wish, signal) {
  const { body, type } = bodyOf(query);
  return call(searchPath(mode, wish), { method: "POST", headers: { "Content-Type": type }, body, signal });
}

/**
 * Many searches for divergent pictures in one call: `{results: [{status, answer}]}`.
 * @param {object[]} queries  JSON bodies with their parameters beside
 */
export const divergentMany = (queries, signal) => postJson("./divergent:batch", { queries }, signal);

/** The catalogue's map, `{image_ids, points, artifact}`. */
export const getProjection = (signal) => call("projection", { signal });

/** Where a picture that is sent lies on the map, `{x, y}`. */
export function placeOf(file, signal) {
  const { body, type } = bodyOf({ file });
  return call("projection", { method: "POST", headers: { "Content-Type": type }, body, signal });
}

const historyPath = (user) => `users/${encodeURIComponent(user)}/history`;

/** What a user saw, `{history: [{image_id, weight, seen}]}`, the newest last. */
export const getHistory = (user, signal) => call(historyPath(user), { signal });

/** Adds a picture to what a user saw. */
export const addHistory = (user, id) => postJson(historyPath(user), { image_id: id });

/** Forgets what a user saw. */
export const forgetHistory = (user) => call(historyPath(user), { method: "DELETE" });

function postJson(path, value, signal) {
  const headers = { "Content-Type": "application/json" };
  return call(path, { method: "POST", headers, body: JSON.stringify(value), signal });
}

export const getImage = (id, signal) => call(`images/${encodeURIComponent(id)}`, { signal });

/** Takes a picture out; done when no answer holds it any more, before every view has followed. */
export const deleteImage = (id) => call(`images/${encodeURIComponent(id)}?wait=false`, { method: "DELETE" });

/**
 * Adds or replaces one picture; done when it is durable.
 * @param {string[]} captions  none leaves those of the same bytes as they are
 */
export function putImage(id, file, captions) {
  const form = new FormData();
  form.append("image", file);
  for (const caption of captions) form.append("caption", caption);
  return call(`images/${encodeURIComponent(id)}?wait=false`, { method: "PUT", body: form });
}

export const getStats = (signal) => call("stats", { signal });

/** One page of the catalogue: `{images, next_cursor}`. */
export function listImages(limit, cursor, signal) {
  const fields = new URLSearchParams({ limit: String(limit) });
  if (cursor) fields.set("cursor", cursor);
  return call(`images?${fields}`, { signal });
}

/**
 * Adds pictures in one request, done when they are durable; /stats tells when they are searchable.
 * XMLHttpRequest, because fetch does not report how much was sent.
 * @param {{file: File, path: string}[]} entries
 * @param {(sent: number) => void} onSent  share of the body sent, 0..1
 */
export function addImages(entries, onSent, signal) {
  const form = new FormData();
  for (const { file, path } of entries) form.append("image", file, path);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const keyed = keyHeaders();
    const abort = () => request.abort();
    request.open("POST", "images?wait=false");
    for (const [name, value] of Object.entries(keyed)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => onSent(event.loaded / (event.total || 1)));
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText));
      else {
        const problem = problemFrom(request.status, request.responseText, request.getResponseHeader("Retry-After"));
        reject(heard(problem, keyed));
      }
    });
    request.addEventListener("error", () => reject(noAnswer()));
    request.addEventListener("abort", () => reject(new DOMException("Stopped", "AbortError")));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", abort));
    signal.addEventListener("abort", abort);
    request.send(form);
  });
}
