/** The state of the service in the header: how many pictures, how many still to be indexed. */

import { getStats } from "./api.js";
import { byId } from "./element.js";
import { count, pictures } from "./format.js";

const PENDING_MS = 1_000; // while an index catches up
const FAILED_MS = 5_000;

export class Service {
  /** @param {(total: number) => void} onTotal  told how many pictures the catalogue holds */
  constructor(onTotal) {
    this.onTotal = onTotal;
    this.timer = 0;
  }

  /** Asks now, and again for as long as something is pending or nothing answers. */
  async refresh() {
    clearTimeout(this.timer);
    try {
      const stats = await getStats();
      this.onTotal(stats.catalogue_size);
      const behind = Object.entries(stats.views).filter(([, view]) => view.pending > 0);
      byId("service").textContent = [
        pictures(stats.catalogue_size),
        ...behind.map(([view, { pending }]) => `${view} is indexing ${count(pending)}`),
      ].join(" · ");
      if (behind.length > 0) this.again(PENDING_MS);
    } catch (problem) {
      if (problem.name !== "Problem") throw problem;
      byId("service").textContent = problem.status === 0 ? "The gateway does not answer" : problem.title;
      this.again(FAILED_MS);
    }
  }

  again(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), delay);
  }
}
