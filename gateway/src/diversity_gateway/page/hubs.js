/** Who is in everybody's answer: a dozen pictures of the catalogue asked at once, raw and corrected. */

import { addressOf } from "./address.js";
import { divergentMany, listImages } from "./api.js";
import { blendParameters } from "./blend.js";
import { thumbnail } from "./card.js";
import { byId, element } from "./element.js";
import { leave, whileBusy } from "./focus.js";
import { count, percent } from "./format.js";
import { problemContent } from "./problem.js";

const QUERIES = 12;
const EACH = 5;
const SHOWN = 8;
const BAND = 10 * EACH; // what the gateway's correction picks from: 10 for each place, or the furthest 1 %
const SHARE = 0.01;
const ARMS = [
  { raw: true, title: "Raw", note: "the plain farthest" },
  { raw: false, title: "Corrected", note: "far for this query, not far from everything" },
];

/**
 * How many of the lists each picture is in, the most frequent first, ties by id.
 * @param {string[][]} lists
 */
export function counted(lists) {
  const times = new Map();
  for (const id of lists.flatMap((list) => [...new Set(list)])) times.set(id, (times.get(id) ?? 0) + 1);
  return [...times]
    .map(([id, lists_]) => ({ id, lists: lists_ }))
    .sort((a, b) => b.lists - a.lists || (a.id < b.id ? -1 : 1));
}

/** `most` of the ids, evenly spread over them. */
export function spread(ids, most) {
  if (ids.length <= most) return [...ids];
  return Array.from({ length: most }, (_, place) => ids[Math.floor(((place + 0.5) * ids.length) / most)]);
}

/** What a correction can do in a catalogue that is small for it; nothing of a large one. */
export function bandText(size) {
  if (size === 0 || BAND <= SHARE * size) return "";
  const part = BAND < size ? `the furthest ${BAND} of each query, here ${percent(BAND / size)} of the catalogue` : "all";
  return `Corrected picks from ${part}. In a catalogue of ${count(size)} these overlap much from query to \
query, so it changes little; from ${count(BAND / SHARE)} pictures on it picks from the furthest 1 %.`;
}

export class Hubs {
  /**
   * @param {() => import("./address.js").Address} present
   * @param {() => string[]} known  ids of the whole catalogue, none where they are not known
   */
  constructor(present, known) {
    Object.assign(this, { present, known });
    this.button = /** @type {HTMLButtonElement} */ (byId("hubs-try"));
    this.button.addEventListener("click", () => this.try());
  }

  try() {
    leave(byId("hubs-problem"), this.button);
    return whileBusy(this.button, () => this.show());
  }

  async show() {
    byId("hubs-problem").hidden = true;
    byId("hubs-lists").setAttribute("aria-busy", "true");
    try {
      await this.ask();
    } catch (problem) {
      if (problem.name !== "Problem") throw problem;
      byId("hubs-problem").replaceChildren(...problemContent(problem, () => this.try()));
      byId("hubs-problem").hidden = false;
    } finally {
      byId("hubs-lists").removeAttribute("aria-busy");
    }
  }

  async ask() {
    const ids = this.known();
    const all = ids.length > 0 ? [...ids].sort() : (await listImages(100)).images.map((image) => image.image_id);
    const asked = spread(all, QUERIES);
    const { words } = this.present();
    const queries = ARMS.flatMap(({ raw }) => asked.map((id) => ({ image_id: id, n: EACH, raw, ...blendParameters(words) })));
    const { results } = await divergentMany(queries);
    byId("hubs-band").textContent = bandText(results.find(({ answer }) => answer)?.answer.catalogue_size ?? 0);
    byId("hubs-lists").replaceChildren(
      ...ARMS.map((arm, place) => {
        const own = results.slice(place * asked.length, (place + 1) * asked.length);
        const lists = own.flatMap(({ answer }) => (answer ? [answer.results.map((one) => one.image_id)] : []));
        return this.arm(arm, lists);
      }),
    );
  }

  arm({ title, note }, lists) {
    const all = counted(lists);
    const places = lists.reduce((sum, list) => sum + list.length, 0);
    return element(
      "section",
      { class: "hub-arm", "aria-label": title },
      element("h3", {}, title),
      element("p", { class: "hub-note" }, `${note}: ${count(all.length)} different pictures in ${count(places)} places`),
      element("ol", { class: "hub-list" }, ...all.slice(0, SHOWN).map((hub) => this.hub(hub, lists.length))),
    );
  }

  hub({ id, lists }, of) {
    const share = element("span", { class: "hub-bar", "aria-hidden": true });
    share.style.setProperty("--share", String(lists / of));
    return element(
      "li",
      {},
      element(
        "a",
        { href: addressOf(id, this.present()), title: id },
        thumbnail(id, null),
        share,
        element("span", { class: "hub-count" }, `${lists} of ${of}`, element("span", { class: "visually-hidden" }, " lists")),
      ),
    );
  }
}
