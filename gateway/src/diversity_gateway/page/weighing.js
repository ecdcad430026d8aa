/** The slider that weighs the views; it asks once it has come to rest. */

import { blendText } from "./blend.js";
import { byId } from "./element.js";

const REST_MS = 250; // a drag or a held arrow key is one question, not twenty

export class Weighing {
  /** @param {(words: number) => void} onRest  called with the new share of the words */
  constructor(onRest) {
    this.slider = /** @type {HTMLInputElement} */ (byId("words"));
    this.timer = 0;
    this.slider.addEventListener("input", () => {
      const words = Number(this.slider.value);
      this.tell(words);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => onRest(words), REST_MS);
    });
  }

  /** Shows the share that the address names; what was about to be asked is dropped. */
  show(words) {
    clearTimeout(this.timer);
    this.slider.value = String(words);
    this.tell(words);
  }

  tell(words) {
    this.slider.setAttribute("aria-valuetext", blendText(words));
    byId("blend-text").textContent = blendText(words);
  }
}
