/** What somebody saw, as one query: which pictures, the newest last, and how much the older ones still count. */

import { pictures } from "./format.js";

export const STEADY = 1; // nothing fades
const LEAST_FADE = 0.5;
const STEPS = 20;
export const MOST = 50; // in an address
export const MOST_KEPT = 1_000; // of a user, by the gateway
const LEAST_WEIGHT = 0.01; // the gateway takes weights above 0

/** The history with one more picture; one that is in it already becomes the newest. */
export const withSeen = (seen, id) => [...seen.filter((other) => other !== id), id].slice(-MOST);

export const without = (seen, id) => seen.filter((other) => other !== id);

/** The share that a picture keeps when a newer one comes, as the slider has it. */
export function fadeFrom(text) {
  const fade = text === null || text.trim() === "" ? NaN : Number(text);
  return fade >= LEAST_FADE && fade <= STEADY ? Math.round(fade * STEPS) / STEPS : STEADY;
}

/**
 * The history as the gateway takes it: the newest weighs 1, each older one `fade` times the next.
 * @param {string[]} seen
 */
export function weighed(seen, fade) {
  return seen.map((id, place) => {
    const weight = Math.max(LEAST_WEIGHT, Number((fade ** (seen.length - 1 - place)).toFixed(4)));
    return weight === 1 ? { image_id: id } : { image_id: id, weight };
  });
}

/** How many there are; where no more fit, that the oldest makes room. */
export function countText(number, most) {
  if (number === 0) return "nothing yet";
  return number < most ? pictures(number) : `the newest ${pictures(number)}: one more, and the oldest drops out`;
}

/** The fade in words. */
export const fadeText = (fade) =>
  fade === STEADY ? "all count alike" : `each older one counts ${Math.round(fade * 100)} % of the next`;
