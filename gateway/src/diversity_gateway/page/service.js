/** The state of the service: its views, and in the header how many pictures, how many still to be indexed. */

import { getStats } from "./api.js";
import { byId } from "./element.js";
import { count, pictures } from "./format.js";

const PENDING_MS = 1_000; // while an index catches up
const FAILED_MS = 5_000;

export class Service {
  constructor() {
    this.timer = 0;
    /** Whether there is a caption view beside the DRML view; taken for granted until the gateway says. */
    this.bothViews = true;
  }

  /** Asks now, and again for as long as something is pending or nothing answers. */
  async refresh() {
    clearTimeout(this.timer);
    try {
      const stats = await getStats();
      this.bothViews = "caption" in stats.views;
      byId("main").classList.toggle("two-views", this.bothViews);
      const views = Object.entries(stats.views);
      const gone = views.filter(([, view]) => !view.reachable);
      const behind = views.filter(([, view]) => view.reachable && view.pending > 0);
      byId("service").textContent = [
        pictures(stats.catalogue_size),
        ...gone.map(([view]) => `${view} does not answer`),
        ...behind.map(([view, { pending }]) => `${view} is indexing ${count(pending)}`),
      ].join(" · ");
      if (gone.length > 0) this.again(FAILED_MS);
      else if (behind.length > 0) this.again(PENDING_MS);
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
