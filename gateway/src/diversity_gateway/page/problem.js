/** An error as the reader sees it: what kind, what happened, what to do. */

import { button, element } from "./element.js";
import { wantKey } from "./key.js";

/**
 * The parts of an error box; a new try is offered where it may end better.
 * @param {import("./api.js").Problem} problem
 * @param {(() => void) | null} again
 */
export function problemContent(problem, again) {
  const wait = problem.retryAfter ? `Worth a new try in ${problem.retryAfter} s. ` : "";
  const trace = problem.requestId ? `Request ${problem.requestId}` : "";
  return [
    element("p", { class: "problem-title" }, problem.title),
    element("p", { class: "problem-detail" }, problem.detail),
    (wait || trace) && element("p", { class: "problem-trace" }, wait + trace),
    again && problem.passing && button("Try again", again),
    problem.ofKey && button("Use another key…", wantKey),
  ].filter(Boolean);
}
