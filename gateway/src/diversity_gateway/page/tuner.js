/** The controls of how divergent pictures are picked: raw or corrected, the band, diversity. */

import { byId } from "./element.js";
import { leave } from "./focus.js";
import { bandText, isPlain, PLAIN, diversityText } from "./tuning.js";

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
    [this.low, this.high, this.diversity] = ["band-low", "band-high", "diversity"].map(input);
    for (const id of ["corrected", "raw"]) {
      byId(id).addEventListener("change", () => onChange({ raw: input("raw").checked }, true));
    }
    this.low.addEventListener("input", () => this.slide({ low: Math.min(this.value(this.low), this.value(this.high)) }));
    this.high.addEventListener("input", () => this.slide({ high: Math.max(this.value(this.low), this.value(this.high)) }));
    this.diversity.addEventListener("input", () => this.slide({ diversity: this.value(this.diversity) }));
    byId("tuning-reset").addEventListener("click", () => onChange({ ...PLAIN }, true));
  }

  value(slider) {
    return Number(slider.value);
  }

  slide(changed) {
    this.shown = { ...this.shown, ...changed };
    this.tell(this.shown);
    clearTimeout(this.timer);
    const { low, high, diversity } = this.shown;
    this.timer = setTimeout(() => this.onChange({ low, high, diversity }, false), REST_MS);
  }

  /** Shows what the address says; what was about to be asked is dropped. */
  show({ low, high, diversity, raw }) {
    clearTimeout(this.timer);
    this.shown = { low, high, diversity, raw };
    input(raw ? "raw" : "corrected").checked = true;
    this.tell(this.shown);
  }

  tell(shown) {
    const { low, high, diversity } = shown;
    this.low.value = String(low);
    this.high.value = String(high);
    this.diversity.value = String(diversity);
    // Where both handles lie at the far end, the lower one must be on top to be had.
    this.low.classList.toggle("above", low > 0.5);
    const track = byId("band-track");
    track.style.setProperty("--low", String(low));
    track.style.setProperty("--high", String(high));
    byId("band-text").textContent = bandText(shown);
    byId("diversity-text").textContent = diversityText(diversity);
    for (const slider of [this.low, this.high]) {
      slider.setAttribute("aria-valuetext", `${Math.round(this.value(slider) * 100)} %`);
    }
    this.diversity.setAttribute("aria-valuetext", diversityText(diversity));
    if (isPlain(shown)) leave(byId("tuning-reset"), byId("corrected"));
    byId("tuning-reset").classList.toggle("reserved", isPlain(shown));
  }
}
