/** The numbers of one result: divergence, then what each view measured, and whether the views disagree. */

import { element } from "./element.js";
import { magnitude, percent } from "./format.js";

/** What a view judges by, and what its number is called. */
const VIEWS = {
  drml: { judges: "looks", measure: "DRML distance", value: (measured) => measured.distance },
  caption: { judges: "words", measure: "Caption similarity", value: (measured) => measured.similarity },
};

/** What a view's line says that has no numbers for this picture. */
const missing = (account) => (account?.status === "ok" ? "not indexed yet" : "no answer");

/** The divergence as a bar and a number. */
export function divergence(result) {
  return element(
    "span",
    { class: "divergence" },
    track(result.divergence),
    element("span", { class: "visually-hidden" }, "divergence "),
    element("span", { class: "percent" }, percent(result.divergence)),
  );
}

function track(share) {
  const fill = element("span", { class: "fill" });
  // Set from script: the content security policy refuses style attributes.
  fill.style.setProperty("--share", String(share));
  return element("span", { class: "track", "aria-hidden": true }, fill);
}

/**
 * A line for the one view that was asked, whose percentile is the divergence; two for each of several.
 * @param {Object<string, {status: string}>} accounts  the views asked for, as the answer names them
 */
export function measures(result, accounts) {
  const names = Object.keys(VIEWS).filter((name) => name in accounts);
  return names.map((name) => {
    const { judges, measure, value } = VIEWS[name];
    const measured = result.views[name];
    const line = element(
      "span",
      { class: "measure" },
      element("span", {}, measured ? `${measure} ` : missing(accounts[name])),
      measured && element("span", { class: "value" }, magnitude(value(measured))),
    );
    if (names.length === 1) return line;
    return element(
      "span",
      { class: "view", "data-view": name },
      element(
        "span",
        { class: "judged" },
        element("span", {}, `${judges} `),
        measured ? track(measured.percentile) : element("span", { class: "track" }),
        element("span", { class: "value" }, measured ? percent(measured.percentile) : "–"),
      ),
      line,
    );
  });
}

/** The mark on a picture that the views put on different sides of the middle; null on any other. */
export function disagreement(result) {
  if (result.agreement !== false) return null;
  const sides = ["drml", "caption"].map((name) => {
    const { judges } = VIEWS[name];
    return `${judges} ${result.views[name].percentile > 0.5 ? "far" : "near"}`;
  });
  return element("span", { class: "disagreement" }, "≠ ", element("span", {}, sides.join(", ")));
}
