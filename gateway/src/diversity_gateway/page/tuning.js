/** How divergent pictures are picked: within which band, how unlike each other, corrected for hubs or raw. */

/**
 * @typedef {{low: number, high: number, diversity: number, raw: boolean}} Tuning  low and high bound the divergence
 */

export const PLAIN = Object.freeze({ low: 0, high: 1, diversity: 0, raw: false });
const STEPS = 20; // of the band's handles: 5 %
const DIVERSITY_STEPS = 10;

/** What the fields of an address say; what cannot be read counts as absent. */
export function tuningFrom(fields) {
  const [low, high] = bounds(fields.get("band"));
  return {
    low,
    high,
    diversity: share(fields.get("diversity"), DIVERSITY_STEPS, PLAIN.diversity),
    raw: fields.get("raw") === "1",
  };
}

/** Writes into an address what differs from the usual. */
export function writeTuning(fields, { low, high, diversity, raw } = PLAIN) {
  if (isBand({ low, high })) fields.set("band", `${low}-${high}`);
  if (diversity) fields.set("diversity", String(diversity));
  if (raw) fields.set("raw", "1");
}

/** The parameters of `/divergent`; none where everything is as usual. */
export function tuningParameters({ low, high, diversity, raw }) {
  return [
    ...(isBand({ low, high }) ? [["band", `${low}-${high}`]] : []),
    ...(diversity ? [["diversity", String(diversity)]] : []),
    ...(raw ? [["raw", "true"]] : []),
  ];
}

export const isPlain = (wish) => tuningParameters(wish).length === 0;

export const bandText = ({ low, high }) =>
  isBand({ low, high }) ? `${Math.round(low * 100)}–${Math.round(high * 100)} %` : "any";

export const diversityText = (diversity) => (diversity ? `${Math.round(diversity * 100)} %` : "none");

const isBand = ({ low = PLAIN.low, high = PLAIN.high }) => low !== PLAIN.low || high !== PLAIN.high;

function bounds(text) {
  const [, from, to] = /^([\d.]+)-([\d.]+)$/.exec(text ?? "") ?? [];
  const [low, high] = [share(from ?? null, STEPS, NaN), share(to ?? null, STEPS, NaN)];
  return low <= high ? [low, high] : [PLAIN.low, PLAIN.high];
}

function share(text, steps, otherwise) {
  const value = text === null || text.trim() === "" ? NaN : Number(text);
  return value >= 0 && value <= 1 ? Math.round(value * steps) / steps : otherwise;
}
