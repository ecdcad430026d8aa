/** The map of the catalogue: every picture a dot, the query and its answer marked; a dot hovered shows its picture. */

import { contentUrl, getProjection, placeOf } from "./api.js";
import { catalogue, colours, dot, rays, ring } from "./brush.js";
import { byId, element } from "./element.js";
import { pictures } from "./format.js";
import { Cells, fitted, marksText, unpack } from "./plane.js";

const MARGIN = 18;
const REACH = 14; // pixels from a dot at which it is meant
const MOVES = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const AGAIN_MS = 5_000;
const SETTLED_MS = 3_000; // an ingest changes the catalogue every second, and a map may be megabytes

export class Scatter {
  /** @param {(id: string) => void} onPick  called with the picture of a dot that was clicked */
  constructor(onPick) {
    this.onPick = onPick;
    this.canvas = /** @type {HTMLCanvasElement} */ (byId("map-canvas"));
    this.tip = byId("map-tip");
    this.marks = { query: [], divergent: [], similar: [] };
    this.sent = null;
    this.unplaced = /** @type {{file: File, signal: AbortSignal} | null} */ (null);
    this.over = -1;
    this.canvas.addEventListener("pointermove", (event) => this.hover(this.spot(event)));
    this.canvas.addEventListener("pointerleave", () => this.point(-1));
    this.canvas.addEventListener("blur", () => this.point(-1));
    this.canvas.addEventListener("click", (event) => {
      this.hover(this.spot(event));
      this.pick();
    });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.point(-1));
    new ResizeObserver(() => this.layOut()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.layOut());
  }

  /** Every id on the map; none without one. */
  get ids() {
    return this.plane?.ids ?? [];
  }

  /** Loads the map, again after changes; without one its place is given up. */
  async load() {
    clearTimeout(this.timer);
    try {
      this.plane = unpack(await getProjection());
      this.rows = new Map(this.plane.ids.map((id, place) => [id, place]));
      byId("map").hidden = this.plane.ids.length < 3;
      byId("map-count").textContent = pictures(this.plane.ids.length);
      this.layOut();
      await this.place();
    } catch (problem) {
      if (problem.name !== "Problem") throw problem;
      if (problem.passing) this.timer = setTimeout(() => this.load(), AGAIN_MS);
      else byId("map").hidden = true;
    }
  }

  /** Loads the map again once changes have settled. */
  reload() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), SETTLED_MS);
  }

  /** Marks what is asked about: ids, or a file that is placed first. */
  async ask({ ids = [], file = null }, signal) {
    this.marks = { query: ids, divergent: [], similar: [] };
    this.sent = null;
    this.unplaced = file && { file, signal };
    this.paint();
    await this.place();
  }

  /** Places the picture that was sent, once there is a map to place it on. */
  async place() {
    if (!this.unplaced || !this.plane) return;
    const { file, signal } = this.unplaced;
    this.unplaced = null;
    const place = await placeOf(file, signal).catch(() => null); // the answer itself reports what is wrong
    if (signal.aborted) return;
    this.sent = place;
    this.paint();
  }

  /** Marks an answer's pictures. */
  show({ mode, results }) {
    this.marks[mode] = results.map((result) => result.image_id);
    this.paint();
  }

  layOut() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!this.plane || width === 0) return;
    const density = window.devicePixelRatio || 1;
    this.canvas.width = width * density;
    this.canvas.height = height * density;
    this.drawn = fitted(this.plane, width, height, MARGIN);
    this.cells = new Cells(this.drawn, width, height);
    this.ground = document.createElement("canvas"); // the dots, which stay while marks come and go
    Object.assign(this.ground, { width: this.canvas.width, height: this.canvas.height });
    const brush = this.ground.getContext("2d");
    brush.scale(density, density);
    brush.fillStyle = colours(this.canvas)("--dot");
    catalogue(brush, this.drawn);
    this.paint();
  }

  paint() {
    if (!this.drawn) return;
    byId("map-marks").textContent = this.marksText();
    const brush = this.canvas.getContext("2d");
    const density = window.devicePixelRatio || 1;
    const colour = colours(this.canvas);
    brush.setTransform(density, 0, 0, density, 0, 0);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    brush.clearRect(0, 0, width, height);
    brush.drawImage(this.ground, 0, 0, width, height);
    const { px, py } = this.drawn;
    const spots = (ids) => this.spots(ids);
    const query = this.asked();
    for (const [mode, name] of [["similar", "--near"], ["divergent", "--far"]]) {
      const found = spots(this.marks[mode]);
      brush.strokeStyle = brush.fillStyle = colour(name);
      if (query.length === 1) rays(brush, query[0], found);
      for (const spot of found) dot(brush, spot, 5, colour("--surface"));
    }
    brush.fillStyle = colour("--ink");
    for (const spot of query) dot(brush, spot, 7, colour("--surface"));
    if (this.over >= 0) ring(brush, [px[this.over], py[this.over]], colour("--ink"));
  }

  /** Where pictures lie on the canvas; those that are on no map are left out. */
  spots(ids) {
    const { px, py } = this.drawn;
    return ids.filter((id) => this.rows.has(id)).map((id) => [px[this.rows.get(id)], py[this.rows.get(id)]]);
  }

  asked() {
    return this.sent ? [this.drawn.at(this.sent.x, this.sent.y)] : this.spots(this.marks.query);
  }

  /** What the marks show, in words: how far from the query either answer lies. */
  marksText() {
    const found = ["divergent", "similar"].map((mode) => [mode, this.spots(this.marks[mode])]);
    return marksText(this.asked(), found, this.canvas.clientWidth);
  }

  /** A picture's id, and what it is marked as. */
  nameOf(id) {
    const roles = [["query", "asked"], ["divergent", "divergent"], ["similar", "similar"]];
    return [id, ...roles.filter(([mode]) => this.marks[mode].includes(id)).map(([, role]) => role)].join(", ");
  }

  spot(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  hover([x, y]) {
    this.point(this.cells ? this.cells.nearest(x, y, REACH) : -1);
  }

  /** Shows the picture of a dot; none for -1. */
  point(place) {
    if (place === this.over) return;
    this.over = place;
    this.canvas.classList.toggle("pointing", place >= 0);
    this.tip.hidden = place < 0;
    if (place >= 0) {
      const id = this.plane.ids[place];
      const image = element("img", { src: contentUrl(id, "thumb"), alt: "", width: 112, height: 112 });
      this.tip.replaceChildren(image, element("span", { class: "map-tip-id" }, id));
      this.tip.style.setProperty("--x", `${this.drawn.px[place]}px`);
      this.tip.style.setProperty("--y", `${this.drawn.py[place]}px`);
      this.tip.classList.toggle("left", this.drawn.px[place] > this.canvas.clientWidth / 2);
      this.tip.classList.toggle("above", this.drawn.py[place] > this.canvas.clientHeight / 2);
    }
    this.paint();
  }

  pick() {
    if (this.over >= 0) this.onPick(this.plane.ids[this.over]);
  }

  key(event) {
    if (event.key === "Enter" && this.over >= 0) this.pick();
    if (!(event.key in MOVES) || !this.cells || this.plane.ids.length === 0) return;
    event.preventDefault();
    const from = this.over >= 0 ? this.over : (this.rows.get(this.marks.query[0]) ?? 0);
    this.point(this.over >= 0 ? this.cells.towards(from, MOVES[event.key]) : from);
    byId("map-said").textContent = this.nameOf(this.plane.ids[this.over]);
  }
}
