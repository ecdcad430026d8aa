/** Taking the picture that is asked about out of the catalogue, after a question that can be answered with no. */

import { deleteImage } from "./api.js";
import { byId } from "./element.js";
import { problemContent } from "./problem.js";

export class Deletion {
  /** @param {(id: string) => void} onDeleted */
  constructor(onDeleted) {
    this.onDeleted = onDeleted;
    this.id = null;
    this.offer = byId("delete");
    this.dialog = /** @type {HTMLDialogElement} */ (byId("deletion"));
    this.confirm = /** @type {HTMLButtonElement} */ (byId("deletion-confirm"));
    this.offer.addEventListener("click", () => this.question());
    byId("deletion-cancel").addEventListener("click", () => this.dialog.close());
    this.confirm.addEventListener("click", () => this.delete());
  }

  /** Offers it for a picture of the catalogue; its place is kept free until the picture is known to exist. */
  reserve() {
    this.id = null;
    this.offer.hidden = false;
    this.offer.classList.add("reserved");
  }

  for(id) {
    this.id = id;
    this.offer.classList.remove("reserved");
  }

  /** Offers nothing. */
  withdraw() {
    this.id = null;
    this.offer.hidden = true;
    this.dialog.close();
  }

  question() {
    byId("deletion-id").textContent = this.id;
    byId("deletion-problem").hidden = true;
    this.dialog.showModal();
  }

  async delete() {
    const id = this.id;
    this.confirm.disabled = true;
    byId("deletion-problem").hidden = true;
    try {
      await deleteImage(id);
      this.dialog.close();
      this.onDeleted(id);
    } catch (problem) {
      if (problem.name !== "Problem") throw problem;
      byId("deletion-problem").replaceChildren(...problemContent(problem, null));
      byId("deletion-problem").hidden = false;
    } finally {
      this.confirm.disabled = false;
    }
  }
}
