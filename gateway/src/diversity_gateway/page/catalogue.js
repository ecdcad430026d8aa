/** The catalogue's strip: a page of thumbnails, each a link that asks about it. */

import { addressOf } from "./address.js";
import { listImages } from "./api.js";
import { thumbnail } from "./card.js";
import { byId, element } from "./element.js";
import { leave, replaceItems } from "./focus.js";
import { count } from "./format.js";
import { matted } from "./mat.js";
import { problemContent } from "./problem.js";
import { captionOf } from "./query.js";

const PAGE_SIZE = 24;

export class Catalogue {
  /** @param {() => import("./blend.js").Wish} wish  what links keep asking for */
  constructor(wish) {
    this.wish = wish;
    this.starts = [null]; // the cursor each page up to the present one starts at
    this.after = null; // the cursor of the next page
    this.total = 0;
    this.shown = 0;
    byId("previous").addEventListener("click", () => this.turn(-1));
    byId("next").addEventListener("click", () => this.turn(1));
  }

  /** Loads the present page again; from the first one where its cursor no longer holds. */
  async refresh() {
    leave(byId("catalogue-problem"), byId("catalogue-title"));
    byId("catalogue-problem").hidden = true;
    try {
      this.show(await listImages(PAGE_SIZE, this.starts.at(-1)));
    } catch (problem) {
      if (problem.name !== "Problem") throw problem;
      if (problem.status === 410 && this.starts.length > 1) {
        this.starts = [null];
        await this.refresh();
        return;
      }
      byId("catalogue-problem").replaceChildren(...problemContent(problem, () => this.refresh()));
      byId("catalogue-problem").hidden = false;
    }
  }

  async turn(direction) {
    if (direction > 0) this.starts.push(this.after);
    else this.starts.pop();
    const buttons = (direction > 0 ? ["next", "previous"] : ["previous", "next"]).map(byId);
    const held = buttons.includes(document.activeElement);
    for (const button of buttons) button.disabled = true;
    await this.refresh();
    if (held) (buttons.find((button) => !button.disabled) ?? byId("catalogue-title")).focus({ preventScroll: true });
  }

  show({ images, next_cursor: after, catalogue_size: total }) {
    this.total = total;
    this.after = after ?? null;
    this.shown = images.length;
    byId("previous").disabled = this.starts.length === 1;
    byId("next").disabled = this.after === null;
    const isEmpty = images.length === 0 && this.starts.length === 1;
    byId("empty").hidden = !isEmpty;
    byId("strip").hidden = isEmpty;
    byId("catalogue").classList.toggle("is-empty", isEmpty);
    byId("intro-start").textContent = isEmpty
      ? "Start by adding pictures to the catalogue below."
      : "Drop, paste or choose a picture, or click one of the catalogue below.";
    replaceItems(byId("strip"), images.map((image) => this.item(image)), byId("catalogue-title"));
    this.tellRange();
  }

  item(image) {
    const caption = captionOf(image);
    return element(
      "li",
      {},
      element(
        "a",
        { href: addressOf(image.image_id, this.wish()), title: caption ?? image.image_id, "data-id": image.image_id },
        matted(thumbnail(image.image_id, caption, { loading: "lazy" })),
      ),
    );
  }

  /** The links follow the count chooser and the slider. */
  relink() {
    for (const link of byId("strip").querySelectorAll("a")) {
      link.href = addressOf(link.dataset.id, this.wish());
    }
  }

  tellRange() {
    const first = (this.starts.length - 1) * PAGE_SIZE + 1;
    byId("catalogue-range").textContent =
      this.shown === 0 ? "" : `${count(first)}–${count(first + this.shown - 1)} of ${count(this.total)}`;
  }
}
