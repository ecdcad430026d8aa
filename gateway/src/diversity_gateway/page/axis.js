/** Every shown picture on one scale of distances, so that "far" is seen as well as read. */

import { element } from "./element.js";
import { magnitude } from "./format.js";

const VIEW = "drml"; // the view whose distances the scale shows; similarities have another direction

/**
 * Draws the scale; nothing where fewer than two pictures have a distance.
 * @param {HTMLElement} host
 * @param {{mode: string, results: object[]}[]} answers
 */
export function drawAxis(host, answers) {
  const marks = answers.flatMap(({ mode, results }) =>
    results
      .filter((result) => result.views[VIEW])
      .map((result) => ({ mode, id: result.image_id, distance: result.views[VIEW].distance })),
  );
  const largest = Math.max(...marks.map((mark) => mark.distance));
  if (marks.length < 2 || !(largest > 0)) {
    host.replaceChildren(); // its place stays reserved
    return;
  }
  const line = element("div", { class: "axis-line" });
  for (const mark of marks) {
    const dot = element("span", { class: `dot ${mark.mode}`, "data-image-id": mark.id });
    dot.style.setProperty("--at", String(mark.distance / largest));
    line.append(dot);
  }
  host.replaceChildren(
    element(
      "figcaption",
      {},
      element("span", {}, "0, your picture"),
      element("span", { class: "axis-name" }, "distance"),
      element("span", {}, magnitude(largest)),
    ),
    line,
  );
}

/** Marks on the scale the card that the pointer or the keyboard is on. */
export function followCards(host, cards) {
  const mark = (event) => {
    const id = event.target.closest?.("[data-image-id]")?.dataset.imageId;
    for (const dot of host.querySelectorAll(".dot")) dot.classList.toggle("on", dot.dataset.imageId === id);
  };
  for (const kind of ["pointerover", "focusin"]) cards.addEventListener(kind, mark);
  for (const kind of ["pointerleave", "focusout"]) cards.addEventListener(kind, () => mark({ target: host }));
}
