/** The words that set two captions apart, or that they share: three lines, always. */

import { element } from "./element.js";

const LINES = /** @type {const} */ ([
  ["only_in_query", "−", "only yours"],
  ["only_in_result", "+", "only here"],
  ["shared", "=", "shared"],
]);

/** @param {Object<string, string[]> | null} explanation  null where no caption view judged */
export function explanationLines(explanation) {
  if (!explanation) return [];
  return LINES.map(([field, sign, meaning]) => {
    const words = (explanation[field] ?? []).join(", ");
    return element(
      "span",
      { class: `difference ${field}`, title: words ? `${meaning}: ${words}` : null },
      element("span", { class: "sign", "aria-hidden": true }, sign),
      element("span", { class: "visually-hidden" }, `${meaning}: `),
      element("span", { class: "difference-words" }, words || "–"),
    );
  });
}
