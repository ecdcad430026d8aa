/** How much the words of the captions count against the looks of the pictures, 0 (only looks) to 1 (only words). */

import { tuningParameters } from "./tuning.js";

export const EQUAL = 0.5;
const STEPS = 20; // the slider's; an address between two steps means the nearer one

/**
 * How many of each, how much the words count, and how the divergent ones are picked.
 * @typedef {{n: number, words: number} & Partial<import("./tuning.js").Tuning>} Wish
 */

/** A share as the slider has it; `EQUAL` for what is no number within 0..1. */
export function wordsFrom(text) {
  const share = text === null || text.trim() === "" ? NaN : Number(text);
  return share >= 0 && share <= 1 ? Math.round(share * STEPS) / STEPS : EQUAL;
}

/** The views that rank by this share. */
export function viewsOf(words) {
  if (words === 0) return ["drml"];
  return words === 1 ? ["caption"] : ["drml", "caption"];
}

/** The parameters that say so; equal weights are the gateway's own default and go unsaid. */
export function blendParameters(words) {
  const views = viewsOf(words);
  if (views.length === 1) return { views: views[0] };
  return words === EQUAL ? {} : { weights: `drml:${tidy(1 - words)},caption:${tidy(words)}` };
}

/** Path and parameters of a search by this wish. */
export function searchPath(mode, wish) {
  const parameters = [["n", wish.n], ...Object.entries(blendParameters(wish.words))];
  if (mode === "divergent") parameters.push(...tuningParameters(wish));
  const fields = parameters.map(([name, value]) => `${name}=${value}`);
  return `${mode}?${fields.join("&")}`;
}

/** The share in words. */
export function blendText(words) {
  if (words === EQUAL) return "looks and words equally";
  if (words === 0) return "only looks";
  if (words === 1) return "only words";
  return `looks ${whole(1 - words)}, words ${whole(words)}`;
}

const tidy = (share) => String(Number(share.toFixed(2)));
const whole = (share) => `${Math.round(share * 100)} %`;
