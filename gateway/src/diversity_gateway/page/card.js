/** One result: picture, rank, divergence, what each view measured, caption. Its link asks about it in turn. */

import { addressOf } from "./address.js";
import { contentUrl } from "./api.js";
import { element } from "./element.js";
import { magnitude, percent } from "./format.js";

const THUMB_SIDE = 256; // the thumbnails' longer side in pixels; the frame reserves a square
const VIEW_NAMES = { drml: "DRML", caption: "Caption" };
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
 * @param {number} n  the count that its link keeps asking for
 */
export function resultCard(result, n) {
  return element(
    "li",
    { class: "card", "data-image-id": result.image_id },
    element(
      "a",
      { href: addressOf(result.image_id, n), title: `Ask with ${result.image_id}` },
      element(
        "span",
        { class: "frame" },
        thumbnail(result.image_id, result.caption),
        element("span", { class: "rank" }, String(result.rank)),
      ),
      divergence(result),
      element("span", { class: "measures" }, ...measures(result)),
      ...caption(result),
    ),
  );
}

function divergence(result) {
  const fill = element("span", { class: "fill" });
  // Set from script: the content security policy refuses style attributes.
  fill.style.setProperty("--share", String(result.divergence));
  return element(
    "span",
    { class: "divergence" },
    element("span", { class: "track", "aria-hidden": true }, fill),
    element("span", { class: "visually-hidden" }, "divergence "),
    element("span", { class: "percent" }, percent(result.divergence)),
  );
}

/** A line per view that has this picture; the percentile only where it is not the divergence itself. */
function measures(result) {
  const views = Object.entries(result.views).filter(([, measured]) => measured);
  return views.map(([view, measured]) => {
    const [what, value] =
      measured.distance === undefined ? ["similarity", measured.similarity] : ["distance", measured.distance];
    return element(
      "span",
      { class: "measure" },
      element("span", {}, `${VIEW_NAMES[view] ?? view} ${what} `),
      element("span", { class: "value" }, magnitude(value)),
      views.length > 1 && element("span", { class: "value" }, percent(measured.percentile)),
    );
  });
}

/** Two lines of words and one of origin, always: a card's height does not depend on what it holds. */
function caption(result) {
  const { image_id: id, caption: words, caption_source: source } = result;
  if (!words) return [element("span", { class: "words bare" }, id), element("span", { class: "origin" })];
  return [
    element("span", { class: "words", title: words }, words),
    element(
      "span",
      { class: "origin" },
      element("span", { class: "image-id" }, id),
      SOURCES[source] && element("span", { class: "source", title: SOURCES[source] }, source),
    ),
  ];
}

/** The reserved place of a card that is still to come. */
export function placeholderCard() {
  return element(
    "li",
    { class: "card placeholder", "aria-hidden": true },
    element("span", { class: "frame" }),
    element("span", { class: "divergence" }),
    element("span", { class: "measures" }, element("span", { class: "measure" })),
    element("span", { class: "words" }),
    element("span", { class: "origin" }),
  );
}
