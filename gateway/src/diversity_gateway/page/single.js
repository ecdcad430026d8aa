/** Adding one picture to the catalogue, with an id and captions of one's own. */

import { putImage } from "./api.js";
import { byId } from "./element.js";
import { leave, opener, whileBusy } from "./focus.js";
import { problemContent } from "./problem.js";

/** The captions in a field that takes one a line. */
export const captionsOf = (text) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

export class Single {
  /** @param {() => void} onAdded */
  constructor(onAdded) {
    this.onAdded = onAdded;
    this.form = /** @type {HTMLFormElement} */ (byId("single"));
    this.picture = /** @type {HTMLImageElement} */ (byId("single-picture"));
    this.id = /** @type {HTMLInputElement} */ (byId("single-id"));
    this.captions = /** @type {HTMLTextAreaElement} */ (byId("single-captions"));
    this.send = /** @type {HTMLButtonElement} */ (byId("single-add"));
    this.file = null;
    this.opener = byId("add-files");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      whileBusy(this.send, () => this.add());
    });
    byId("single-cancel").addEventListener("click", () => this.close());
    // A browser shows fewer kinds than the gateway reads; what is no picture the gateway refuses.
    this.picture.addEventListener("error", () => this.picture.classList.add("unseen"));
  }

  /** Asks for the picture's id and captions; a picture that waited for them is put aside. */
  open({ file, path }) {
    this.close();
    this.opener = opener(byId("add-files"));
    this.file = file;
    this.picture.classList.remove("unseen");
    this.picture.src = URL.createObjectURL(file);
    this.id.value = path;
    this.captions.value = "";
    byId("single-problem").hidden = true;
    byId("single-done").textContent = "";
    this.form.hidden = false;
    this.captions.focus();
  }

  close() {
    if (this.file) URL.revokeObjectURL(this.picture.src);
    this.file = null;
    leave(this.form, this.opener);
    this.form.hidden = true;
  }

  async add() {
    const { file } = this;
    const id = this.id.value;
    byId("single-problem").hidden = true;
    try {
      await putImage(id, file, captionsOf(this.captions.value));
      if (this.file === file) {
        if (document.activeElement === document.body) this.captions.focus(); // lost by the button, which is disabled
        this.close();
      }
      byId("single-done").textContent = `${id} is in the catalogue.`;
      this.onAdded();
    } catch (problem) {
      if (problem.name !== "Problem") throw problem;
      byId("single-problem").replaceChildren(...problemContent(problem, null));
      byId("single-problem").hidden = false;
    }
  }
}
