/** The picture that is asked about, as shown on the left. */

import { contentUrl, getImage } from "./api.js";
import { altOf } from "./card.js";
import { byId, element } from "./element.js";
import { matted } from "./mat.js";

const frame = () => byId("query-frame");

/** Nothing asked yet: the place where a picture can be dropped. */
export function showNoQuery() {
  frame().classList.remove("filled");
  frame().replaceChildren(
    element(
      "p",
      { class: "query-hint" },
      element("strong", {}, "Drop a picture here"),
      element("span", {}, "paste one, or choose one below"),
    ),
  );
  describe("", "");
}

/** A picture sent from this tab. */
export function showUpload(file, objectUrl) {
  const picture = matted(element("img", { src: objectUrl, alt: `Your picture, ${file.name}` }));
  picture.addEventListener("error", () => {
    // A browser shows fewer kinds than the gateway reads, TIFF for one.
    picture.replaceWith(element("p", { class: "query-hint" }, "This browser cannot show this kind of picture."));
  });
  fill(picture);
  describe(file.name, "Sent from this tab, not kept in the catalogue.");
}

/**
 * A picture of the catalogue; its caption is filled in when it arrives.
 * @returns {Promise<boolean>} whether there is such a picture, false also when another took its place
 */
export async function showCatalogued(id, signal) {
  const picture = matted(element("img", { src: contentUrl(id), alt: altOf(id, null) }));
  const none = () => picture.replaceWith(element("p", { class: "query-hint" }, "There is no picture to show."));
  const smaller = () => {
    picture.addEventListener("error", none, { once: true });
    picture.src = contentUrl(id, "thumb"); // a JPEG, whatever the original is
  };
  picture.addEventListener("error", smaller, { once: true });
  fill(picture);
  describe(id, "");
  const image = await getImage(id, signal).catch(() => null); // the answer itself reports what is wrong
  if (!image || signal.aborted) return false;
  const caption = captionOf(image);
  picture.alt = altOf(id, caption);
  if (caption) describe(caption, id);
  return true;
}

/** What somebody saw, the newest first; at most nine of it fit. */
export function showSeen(ids, title, note) {
  if (ids.length === 0) {
    showNoQuery();
    frame().firstElementChild.replaceChildren(
      element("strong", {}, "Nothing seen yet"),
      element("span", {}, "click pictures to add them"),
    );
  } else {
    const shown = ids.toReversed().slice(0, ids.length > 4 ? 9 : 4);
    const pictures = shown.map((id) => element("img", { src: contentUrl(id, "thumb"), alt: altOf(id, null) }));
    fill(element("div", { class: `mosaic of-${shown.length > 4 ? 3 : shown.length > 1 ? 2 : 1}` }, ...pictures));
  }
  describe(title, note);
}

/** What the caption view says of the picture; an answer of the other view alone does not take it away. */
export function showSentence(sentence) {
  if (sentence) byId("query-sentence").textContent = sentence;
}

/** The caption to show of a picture as the catalogue describes it. */
export const captionOf = (image) => image.captions?.[0] ?? image.caption ?? null;

function fill(picture) {
  frame().classList.add("filled");
  frame().style.removeProperty("--mat"); // of the picture before
  frame().replaceChildren(picture);
}

/** A new picture asks: its sentence is not known yet. */
export function forgetSentence() {
  byId("query-sentence").textContent = "";
}

function describe(title, note) {
  byId("query-title").textContent = title;
  byId("query-note").textContent = note;
  document.title = title ? `${title} · Image diversity` : "Image diversity";
}
