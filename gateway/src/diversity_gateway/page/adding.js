/** Adding many pictures to the catalogue: batch after batch, with progress and what was refused. */

import { addImages } from "./api.js";
import { batchesOf } from "./batches.js";
import { isPicture } from "./dropped.js";
import { button, byId, element } from "./element.js";
import { leave, opener } from "./focus.js";
import { count, pictures } from "./format.js";
import { wantKey } from "./key.js";

const MOST_WAITS = 5; // in a row, for a gateway that says it is busy
const DEFAULT_WAIT_S = 2;
const OF_PICTURE = [400, 409, 413, 415, 422]; // the picture's fault, not the key's nor the gateway's

/** @typedef {import("./dropped.js").Entry} Entry */

export class Adding {
  /** @param {() => void} onChange  called when pictures were added */
  constructor(onChange) {
    this.onChange = onChange;
    this.host = byId("adding");
    this.queue = /** @type {Entry[]} */ ([]);
    this.running = false;
  }

  /** Takes more pictures; those that come during a run join it. */
  async add(/** @type {Entry[]} */ entries) {
    const taken = entries.filter(isPicture);
    if (!this.running) this.start();
    this.leftOut += entries.length - taken.length;
    this.total += taken.length;
    this.queue.push(...taken);
    if (!this.running) await this.run();
    else this.tell();
  }

  start() {
    this.opener = opener(byId("add-files"));
    leave(this.host, this.opener);
    this.abort = new AbortController();
    Object.assign(this, { total: this.queue.length, added: 0, leftOut: 0, refused: [], stopped: null });
    this.bar = element("progress", { "aria-label": "Pictures sent", max: 1, value: 0 });
    this.words = element("p", { class: "adding-words", role: "status" });
    this.actions = element("div", { class: "adding-actions" });
    this.refusedCount = element("summary", {});
    this.refusedList = element("ul", {});
    this.refusals = element("details", { class: "refusals", hidden: true }, this.refusedCount, this.refusedList);
    this.host.replaceChildren(this.bar, this.words, this.actions, this.refusals);
    this.host.hidden = false;
  }

  async run() {
    this.running = true;
    this.stopped = null;
    this.ofKey = false;
    this.abort = new AbortController();
    this.offer(button("Stop", () => this.abort.abort()));
    while (this.queue.length > 0 && !this.stopped) {
      const [batch] = batchesOf(this.queue);
      try {
        this.settle(batch, await this.send(batch));
        this.queue.splice(0, batch.length);
        this.onChange();
      } catch (problem) {
        this.giveUp(batch, problem);
      }
    }
    this.running = false;
    this.finish();
  }

  /** Sends a batch, waiting as long as a busy gateway asks for. */
  async send(batch) {
    const sent = (share) => this.tell(share * batch.length);
    for (let waits = 0; ; waits += 1) {
      try {
        return await addImages(batch, sent, this.abort.signal);
      } catch (problem) {
        const busy = problem.status === 429 || problem.status === 503;
        if (!busy || waits >= MOST_WAITS) throw problem;
        await pause((problem.retryAfter ?? DEFAULT_WAIT_S) * 1_000, this.abort.signal);
      }
    }
  }

  settle(batch, reply) {
    reply.results.forEach((result, index) => {
      if (result.status < 300) this.added += 1;
      else this.refused.push({ path: batch[index].path, detail: result.problem?.detail ?? result.detail });
    });
    this.tell();
  }

  /** A batch of one whose picture is refused is left out; anything else stops the run. */
  giveUp(batch, problem) {
    if (batch.length === 1 && OF_PICTURE.includes(problem.status)) {
      this.refused.push({ path: batch[0].path, detail: problem.detail });
      this.queue.shift();
      this.tell();
      return;
    }
    this.ofKey = problem.ofKey ?? false;
    this.stopped = problem.name === "AbortError" ? "Stopped." : `${problem.title}: ${problem.detail}`;
  }

  tell(onTheWay = 0) {
    const settled = this.added + this.refused.length;
    // Sending is about half of it: the bar does not stand at its end while the gateway stores what it got.
    this.bar.value = this.total ? (settled + onTheWay / 2) / this.total : 1;
    const left = this.leftOut ? `, ${count(this.leftOut)} left out that are no pictures` : "";
    const refused = this.refused.length ? `, ${count(this.refused.length)} refused` : "";
    const stopped = this.stopped ? ` ${this.stopped}` : "";
    this.words.textContent = `${count(this.added)} of ${pictures(this.total)} added${refused}${left}.${stopped}`;
    this.refusals.hidden = this.refused.length === 0;
    this.refusedCount.textContent = `What was refused (${count(this.refused.length)})`;
    this.refusedList.replaceChildren(
      ...this.refused.map(({ path, detail }) =>
        element("li", {}, element("span", { class: "refused-path" }, path), ` ${detail}`),
      ),
    );
  }

  /** Offers other buttons; whoever stood on one of the old ones stands on the first. */
  offer(...buttons) {
    const held = this.actions.contains(document.activeElement);
    this.actions.replaceChildren(...buttons);
    if (held) buttons[0].focus();
  }

  finish() {
    this.tell();
    const close = button("Close", () => {
      leave(this.host, this.opener);
      this.host.hidden = true;
      this.queue = [];
    });
    this.bar.classList.toggle("done", this.queue.length === 0);
    this.offer(
      ...(this.queue.length > 0 ? [button("Try the rest again", () => this.run())] : []),
      ...(this.ofKey ? [button("Use another key…", wantKey)] : []),
      close,
    );
  }
}

const pause = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("Stopped", "AbortError"));
    });
  });
