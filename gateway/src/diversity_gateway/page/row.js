/** One row of the answer, divergent or similar: heading, cards, its command. */

import { placeholderCard, resultCard } from "./card.js";
import { copyText, curlCommand } from "./curl.js";
import { button, byId, element } from "./element.js";
import { leave, replaceItems } from "./focus.js";
import { count } from "./format.js";
import { hasKey } from "./key.js";
import { problemContent } from "./problem.js";
import { pythonCode } from "./python.js";
import { isPlain } from "./tuning.js";

const TITLES = { divergent: "Divergent", similar: "Similar" };
const SENTENCES = { divergent: "furthest of", similar: "closest of" };
const COPIED_MS = 2_000;
const COMMANDS = { "Copy as curl": curlCommand, "Copy as Python": pythonCode };

/** @typedef {"divergent"|"similar"} Mode */

export class Row {
  /**
   * @param {Mode} mode
   * @param {(id: string) => void} onSeen  called when a result is to count as seen
   */
  constructor(mode, onSeen) {
    this.mode = mode;
    this.onSeen = onSeen;
    this.host = byId(mode);
    this.extent = element("p", { class: "extent" });
    this.copies = Object.keys(COMMANDS).map((name) =>
      button(name, (event) => this.copyCommand(name, event.target), { class: "quiet copy" }),
    );
    this.cards = element("ol", { class: "cards" });
    this.problem = element("div", { class: "problem", role: "alert", hidden: true });
    this.asked = null;
    this.host.append(
      element(
        "header",
        { class: "row-head" },
        element("h2", { id: `${mode}-title` }, TITLES[mode]),
        this.extent,
        element("span", { class: "copies" }, ...this.copies),
      ),
      this.problem,
      this.cards,
    );
  }

  /** Reserves the places, or keeps the old cards (dimmed by the style sheet) until the new ones are here. */
  await(query, wish, bothViews) {
    this.asked = { query, wish };
    this.host.setAttribute("aria-busy", "true");
    leave(this.problem, byId("answer"));
    this.problem.hidden = true;
    if (!this.cards.querySelector("a")) {
      this.cards.replaceChildren(...Array.from({ length: wish.n }, () => placeholderCard(wish, bothViews)));
    }
  }

  /** Shows an answer of the gateway. */
  show(answer) {
    this.host.removeAttribute("aria-busy");
    this.extent.textContent = `${SENTENCES[this.mode]} ${count(answer.catalogue_size)}`;
    const { wish } = this.asked;
    const cards = answer.results.map((result) => resultCard(result, answer.views, wish, this.onSeen));
    replaceItems(this.cards, cards, byId("answer"));
    if (answer.results.length === 0) {
      this.cards.append(element("li", { class: "nothing" }, nothing(this.mode, wish)));
    }
  }

  /** Shows why this row has no answer. */
  fail(problem, again) {
    this.clear();
    this.problem.replaceChildren(...problemContent(problem, again));
    this.problem.hidden = false;
  }

  clear() {
    this.host.removeAttribute("aria-busy");
    this.extent.textContent = "";
    leave(this.host, byId("answer"));
    this.cards.replaceChildren();
    this.problem.hidden = true;
  }

  async copyCommand(name, offer) {
    const { query, wish } = this.asked;
    const command = COMMANDS[name](this.mode, query, wish, new URL("./", location.href).href, hasKey());
    const copied = await copyText(command);
    if (!copied) window.prompt("Copy this:", command);
    offer.textContent = copied ? "Copied" : name;
    setTimeout(() => {
      offer.textContent = name;
    }, COPIED_MS);
  }
}

function nothing(mode, wish) {
  if (mode === "divergent" && !isPlain(wish)) return "No picture is within this band. Widen it, or reset it above.";
  return "There is no other picture in the catalogue yet.";
}
