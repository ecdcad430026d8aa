/** The catalogue's map as numbers: unpacked, fitted to a canvas, and asked which picture is nearest to a spot. */

const STEPS = 16_384; // of the wire's numbers between 0 and 1
const STRETCH = 3; // of one axis against the other at most
const CELLS = 64; // a side; 100,000 pictures are two dozen a cell

/**
 * @param {{image_ids: string[], points: string}} places  the gateway's reply
 * @returns {{ids: string[], xs: Float32Array, ys: Float32Array}}
 */
export function unpack({ image_ids: ids, points }) {
  const bytes = Uint8Array.from(atob(points), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const xs = new Float32Array(ids.length);
  const ys = new Float32Array(ids.length);
  for (let place = 0; place < ids.length; place += 1) {
    xs[place] = view.getInt16(4 * place, true) / STEPS;
    ys[place] = view.getInt16(4 * place + 2, true) / STEPS;
  }
  return { ids, xs, ys };
}

/**
 * The places on a canvas: as large as fits, both axes alike, upwards being up.
 * @returns {{at: (x: number, y: number) => [number, number], px: Float32Array, py: Float32Array}}
 */
export function fitted({ xs, ys }, width, height, margin) {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let place = 0; place < xs.length; place += 1) {
    left = Math.min(left, xs[place]);
    right = Math.max(right, xs[place]);
    bottom = Math.min(bottom, ys[place]);
    top = Math.max(top, ys[place]);
  }
  const across = Math.max(width - 2 * margin, 1) / Math.max(right - left, 1e-6);
  const up = Math.max(height - 2 * margin, 1) / Math.max(top - bottom, 1e-6);
  // A map has no scale: each axis fills its side, unless that would stretch it beyond recognition.
  const [scaleX, scaleY] = [Math.min(across, STRETCH * up), Math.min(up, STRETCH * across)];
  const at = (x, y) => [
    width / 2 + (x - (left + right) / 2) * scaleX,
    height / 2 - (y - (bottom + top) / 2) * scaleY,
  ];
  const px = new Float32Array(xs.length);
  const py = new Float32Array(xs.length);
  for (let place = 0; place < xs.length; place += 1) [px[place], py[place]] = at(xs[place], ys[place]);
  return { at, px, py };
}

/**
 * What is marked on the map, in words.
 * @param {[number, number][]} query  where what is asked about lies
 * @param {[string, [number, number][]][]} found  each answer's name, and where its pictures lie
 * @param {number} width  of the map, in the same pixels
 */
export function marksText(query, found, width) {
  if (query.length === 0) return "";
  const parts = found
    .filter(([, spots]) => spots.length > 0)
    .map(([name, spots]) => `${spots.length} ${name}, ${Math.round((100 * apart(query, spots)) / width)} %`);
  const far = parts.length > 0 ? `; the mean distance from there, in widths of the map: ${parts.join("; ")}` : "";
  return `Marked: ${query.length === 1 ? "the picture asked about" : `${query.length} pictures asked about`}${far}.`;
}

/** The mean distance between spots of one list and spots of the other. */
function apart(some, others) {
  const all = some.flatMap(([x, y]) => others.map(([a, b]) => Math.hypot(x - a, y - b)));
  return all.reduce((sum, one) => sum + one, 0) / all.length;
}

/** Which pictures lie where, in cells. */
export class Cells {
  constructor({ px, py }, width, height) {
    Object.assign(this, { px, py, width, height });
    this.cells = Array.from({ length: CELLS * CELLS }, () => /** @type {number[]} */ ([]));
    for (let place = 0; place < px.length; place += 1) this.cells[this.cell(px[place], py[place])].push(place);
  }

  column(x) {
    return Math.min(CELLS - 1, Math.max(0, Math.floor((x / this.width) * CELLS)));
  }

  line(y) {
    return Math.min(CELLS - 1, Math.max(0, Math.floor((y / this.height) * CELLS)));
  }

  cell(x, y) {
    return this.line(y) * CELLS + this.column(x);
  }

  /** The place nearest to a spot within `reach` pixels; -1 where there is none. */
  nearest(x, y, reach) {
    let [best, least] = [-1, reach * reach];
    for (let line = this.line(y - reach); line <= this.line(y + reach); line += 1) {
      for (let column = this.column(x - reach); column <= this.column(x + reach); column += 1) {
        for (const place of this.cells[line * CELLS + column]) {
          const away = (this.px[place] - x) ** 2 + (this.py[place] - y) ** 2;
          if (away <= least) [best, least] = [place, away];
        }
      }
    }
    return best;
  }

  /** The place that lies nearest in a direction, within 45° of it; the same place where none does. */
  towards(from, [across, down]) {
    let [best, least] = [from, Infinity];
    for (let place = 0; place < this.px.length; place += 1) {
      const [dx, dy] = [this.px[place] - this.px[from], this.py[place] - this.py[from]];
      const along = dx * across + dy * down;
      const aside = Math.abs(dx * down) + Math.abs(dy * across);
      if (along <= 0.5 || aside > along) continue;
      const away = along + aside;
      if (away < least) [best, least] = [place, away];
    }
    return best;
  }
}
