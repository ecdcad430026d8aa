/** The controls of how divergent pictures are picked: raw or corrected, the band, variety. */

import { byId } from "./element.js";
import { bandText, isPlain, PLAIN, varietyText } from "./tuning.js";

const REST_MS = 250; // a drag or a held arrow key is one question, not twenty

const input = (id) => /** @type {HTMLInputElement} */ (byId(id));

export class Tuner {
  /**
   * @param {(tuning: Partial<import("./tuning.js").Tuning>, kept: boolean) => void} onChange  called with what
   *   changed, and whether it is a place to come back to
   */
  constructor(onChange) {
    this.onChange = onChange;
    this.timer = 0;
    [this.low, this.high, this.variety] = ["band-low", "band-high", "variety"].map(input);
    for (const id of ["corrected", "raw"]) {
      byId(id).addEventListener("change", () => onChange({ raw: input("raw").checked }, true));
    }
    this.low.addEventListener("input", () => this.slide({ low: Math.min(this.value(this.low), this.value(this.high)) }));
    this.high.addEventListener("input", () => this.slide({ high: Math.max(this.value(this.low), this.value(this.high)) }));
    this.variety.addEventListener("input", () => this.slide({ variety: this.value(this.variety) }));
    byId("tuning-reset").addEventListener("click", () => onChange({ ...PLAIN }, true));
  }

  value(slider) {
    return Number(slider.value);
  }

  slide(changed) {
    this.shown = { ...this.shown, ...changed };
    this.tell(this.shown);
    clearTimeout(this.timer);
    const { low, high, variety } = this.shown;
    this.timer = setTimeout(() => this.onChange({ low, high, variety }, false), REST_MS);
  }

  /** Shows what the address says; what was about to be asked is dropped. */
  show({ low, high, variety, raw }) {
    clearTimeout(this.timer);
    this.shown = { low, high, variety, raw };
    input(raw ? "raw" : "corrected").checked = true;
    this.tell(this.shown);
  }

  tell(shown) {
    const { low, high, variety } = shown;
    this.low.value = String(low);
    this.high.value = String(high);
    this.variety.value = String(variety);
    // Where both handles lie at the far end, the lower one must be on top to be had.
    this.low.classList.toggle("above", low > 0.5);
    const track = byId("band-track");
    track.style.setProperty("--low", String(low));
    track.style.setProperty("--high", String(high));
    byId("band-text").textContent = bandText(shown);
    byId("variety-text").textContent = varietyText(variety);
    for (const slider of [this.low, this.high]) {
      slider.setAttribute("aria-valuetext", `${Math.round(this.value(slider) * 100)} %`);
    }
    this.variety.setAttribute("aria-valuetext", varietyText(variety));
    byId("tuning-reset").classList.toggle("reserved", isPlain(shown));
  }
}
