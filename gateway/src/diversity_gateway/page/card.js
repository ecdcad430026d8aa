/** One result: picture, rank, numbers, caption, words. Its link asks about it in turn. */

import { addressOf } from "./address.js";
import { contentUrl } from "./api.js";
import { viewsOf } from "./blend.js";
import { button, element } from "./element.js";
import { explanationLines } from "./explanation.js";
import { matted } from "./mat.js";
import { disagreement, divergence, measures } from "./measures.js";

const THUMB_SIDE = 256; // the thumbnails' longer side in pixels; the frame reserves a square
const SOURCES = { human: "A person wrote this caption", generated: "The caption view wrote this caption" };

/** Alternative text of a catalogue picture: its caption, else its id. */
export const altOf = (id, caption) => caption || id;

/** A square thumbnail whose place is reserved before it loads. */
export function thumbnail(id, caption, attributes = {}) {
  return element("img", {
    src: contentUrl(id, "thumb"),
    alt: altOf(id, caption),
    width: THUMB_SIDE,
    height: THUMB_SIDE,
    decoding: "async",
    ...attributes,
  });
}

/**
 * The card of one entry of `results`.
 * @param {Object<string, {status: string}>} accounts  the answer's `views`
 * @param {import("./blend.js").Wish} wish  what its link keeps asking for
 * @param {(id: string) => void} onSeen  called when the picture is to count as seen
 */
export function resultCard(result, accounts, wish, onSeen) {
  const { image_id: id } = result;
  const adds = wish.kind === "seen" || wish.kind === "user";
  return element(
    "li",
    { class: "card", "data-image-id": id },
    element(
      "a",
      { href: addressOf(id, wish), title: adds ? `Add ${id} to what was seen` : `Ask with ${id}`, "data-id": id },
      element(
        "span",
        { class: "frame" },
        matted(thumbnail(id, result.caption)),
        element("span", { class: "rank" }, String(result.rank)),
        disagreement(result),
      ),
      divergence(result),
      element("span", { class: "measures" }, ...measures(result, accounts)),
      ...caption(result),
      ...explanationLines(result.explanation),
    ),
    button("+", () => onSeen(id), { class: "add-seen", "aria-label": `${id} was seen`, title: "This was seen" }),
  );
}

/** An id that may go on in the next line after each of its slashes. */
const breakable = (id) => id.split(/(?<=\/)/).flatMap((piece) => [piece, element("wbr")]);

/** An id in two lines, its folder and its name; either is cut short where it is too long, and whole in the tip. */
function imageId(id) {
  const name = id.lastIndexOf("/") + 1;
  return element(
    "span",
    { class: "image-id", title: id },
    element("span", { class: "image-folder" }, id.slice(0, name)),
    element("span", { class: "image-name" }, id.slice(name)),
  );
}

/** Two lines of words and two of origin, always: a card's height does not depend on what it holds. */
function caption(result) {
  const { image_id: id, caption: words, caption_source: source } = result;
  if (!words) {
    return [element("span", { class: "words bare", title: id }, ...breakable(id)), element("span", { class: "origin" })];
  }
  return [
    element("span", { class: `words ${source}`, title: words }, words),
    element(
      "span",
      { class: "origin" },
      imageId(id),
      SOURCES[source] && element("span", { class: `source ${source}`, title: SOURCES[source] }, source),
    ),
  ];
}

/**
 * The reserved place of a card that is still to come, as high as the card will be.
 * @param {boolean} bothViews  whether the gateway has a caption view
 */
export function placeholderCard({ words }, bothViews) {
  const line = () => element("span", { class: "measure" });
  const asked = bothViews ? viewsOf(words) : ["drml"];
  return element(
    "li",
    { class: "card placeholder", "aria-hidden": true },
    element("span", { class: "frame" }),
    element("span", { class: "divergence" }),
    element("span", { class: "measures" }, ...Array.from({ length: asked.length > 1 ? 4 : 1 }, line)),
    element("span", { class: "words" }),
    element("span", { class: "origin" }),
    ...(asked.includes("caption") ? [0, 1, 2].map(() => element("span", { class: "difference" })) : []),
  );
}
