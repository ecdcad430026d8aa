/** The answer to one query: both rows asked at once, each shown when it is there. */

import { search } from "./api.js";
import { drawAxis, followCards } from "./axis.js";
import { byId, element } from "./element.js";
import { leave } from "./focus.js";
import { milliseconds, pictures } from "./format.js";
import { problemContent } from "./problem.js";
import { Row } from "./row.js";

const MODES = /** @type {const} */ (["divergent", "similar"]);

export class Answer {
  /**
   * @param {(answer: object) => void} onAnswer  called with each mode's answer as it is shown
   * @param {(id: string) => void} onSeen  called when a result is to count as seen
   */
  constructor(onAnswer, onSeen) {
    this.onAnswer = onAnswer;
    this.rows = MODES.map((mode) => new Row(mode, onSeen));
    this.running = new AbortController();
    followCards(byId("axis"), byId("results"));
  }

  /** The first screen, before anything was asked. */
  reset() {
    this.running.abort();
    leave(byId("results"), byId("answer"));
    byId("intro").hidden = false;
    byId("results").hidden = true;
    byId("problem").hidden = true;
    for (const row of this.rows) row.clear();
  }

  /**
   * Asks the gateway; a query asked meanwhile replaces this one.
   * @param {import("./question.js").Query} query
   * @param {import("./blend.js").Wish} wish
   * @param {boolean} bothViews  whether the gateway has a caption view
   * @returns {Promise<object[] | null>} the answers, null when replaced or when one failed
   */
  async ask(query, wish, bothViews) {
    this.running.abort();
    this.running = new AbortController();
    const { signal } = this.running;
    byId("intro").hidden = true;
    leave(byId("problem"), byId("answer"));
    byId("problem").hidden = true;
    byId("results").hidden = false;
    const outcomes = await Promise.all(
      this.rows.map(async (row) => {
        row.await(query, wish, bothViews);
        try {
          const answer = await search(row.mode, query, wish, signal);
          if (!signal.aborted) {
            row.show(answer);
            this.onAnswer(answer);
          }
          return { answer };
        } catch (problem) {
          return { problem };
        }
      }),
    );
    if (signal.aborted) return null;
    return this.conclude(outcomes, () => this.ask(query, wish, bothViews));
  }

  conclude(outcomes, again) {
    const problems = outcomes.map(({ problem }) => problem);
    for (const problem of problems) if (problem && problem.name !== "Problem") throw problem;
    const answers = outcomes.flatMap(({ answer }) => (answer ? [answer] : []));
    if (problems.every((problem) => problem?.sameAs(problems[0]))) {
      // Both calls failed alike: said once, in place of two empty rows.
      for (const row of this.rows) row.clear();
      leave(byId("results"), byId("answer"));
      byId("results").hidden = true;
      byId("problem").replaceChildren(...problemContent(problems[0], again));
      byId("problem").hidden = false;
      return null;
    }
    this.rows.forEach((row, index) => problems[index] && row.fail(problems[index], again));
    drawAxis(byId("axis"), answers);
    showDegraded(answers);
    showProvenance(answers);
    return answers.length === this.rows.length ? answers : null;
  }
}

const JUDGES = { drml: "looks", caption: "words" };
const REASONS = { down: "is down", late: "did not answer in time", busy: "is too busy", loading: "is still loading" };

function showDegraded(answers) {
  const missing = new Map(answers.flatMap(({ degraded, views }) => degraded.map((name) => [name, views[name]?.status])));
  const words = [...missing].map(
    ([name, status]) => `Without the ${name} view, which ${REASONS[status] ?? "did not answer"}.`,
  );
  const left = Object.keys(JUDGES).filter((name) => !missing.has(name));
  if (missing.size > 0 && left.length === 1) words.push(`This answer goes by ${JUDGES[left[0]]} alone.`);
  byId("degraded").textContent = words.join(" ");
  byId("degraded").hidden = missing.size === 0;
}

function showProvenance(answers) {
  const [first] = answers;
  const exact = answers.every((answer) => answer.exact);
  const artifacts = Object.values(first.views).flatMap((view) => (view?.artifact ? [view.artifact] : []));
  const took = Math.max(...answers.map((answer) => answer.took_ms));
  byId("provenance").replaceChildren(
    element("span", { class: "exact" }, exact ? `exact over ${pictures(first.catalogue_size)}` : "not proven exact"),
    ...artifacts.map((artifact) => element("span", {}, artifact)),
    element("span", {}, milliseconds(took)),
  );
}
