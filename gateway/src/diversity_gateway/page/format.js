/** Numbers and ids as a reader sees them. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A count with separators. */
export const count = (value) => whole.format(value);

/** "1 picture", "2 pictures". */
export const pictures = (value) => `${count(value)} ${value === 1 ? "picture" : "pictures"}`;

/**
 * A share of 0..1 in per cent with one decimal. What is not quite 0 or 1 never reads as if it were: with
 * 100,000 pictures the far end is all 99.99 %.
 */
export function percent(share) {
  if (share > 0 && share < 0.001) return "< 0.1 %";
  if (share < 1 && share > 0.999) return "> 99.9 %";
  return `${(share * 100).toFixed(1)} %`;
}

/** A distance or similarity with about four significant digits; these have no unit. */
export function magnitude(value) {
  if (value === 0) return "0";
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 4));
}

/** Milliseconds; below 10 with one decimal. */
export const milliseconds = (value) => `${value < 10 ? value.toFixed(1) : count(value)} ms`;
