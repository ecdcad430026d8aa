/** What the map is drawn with: dots, rays, a ring, in the colours of the style sheet. */

const FEW = 3_000;
const MANY = 20_000;

/** The colours of the style sheet, by the names of its variables. */
export const colours = (node) => {
  const style = getComputedStyle(node);
  return (name) => style.getPropertyValue(name).trim();
};

/** Every picture: circles while there are few, else points that let one see how dense they lie. */
export function catalogue(brush, { px, py }) {
  if (px.length <= FEW) {
    brush.globalAlpha = 0.85;
    brush.beginPath();
    for (let place = 0; place < px.length; place += 1) {
      brush.moveTo(px[place] + 2.5, py[place]);
      brush.arc(px[place], py[place], 2.5, 0, 2 * Math.PI);
    }
    brush.fill();
  } else {
    const size = px.length > MANY ? 1.5 : 2.5;
    brush.globalAlpha = 0.55;
    for (let place = 0; place < px.length; place += 1) brush.fillRect(px[place], py[place], size, size);
  }
}

/** A mark, with an edge that sets it off from what is under it. */
export function dot(brush, [x, y], radius, edge) {
  brush.beginPath();
  brush.arc(x, y, radius, 0, 2 * Math.PI);
  brush.fill();
  brush.save();
  brush.strokeStyle = edge;
  brush.lineWidth = 1.5;
  brush.stroke();
  brush.restore();
}

/** Lines from one spot to others. */
export function rays(brush, [x, y], spots) {
  brush.save();
  brush.globalAlpha = 0.35;
  brush.lineWidth = 1;
  brush.beginPath();
  for (const spot of spots) {
    brush.moveTo(x, y);
    brush.lineTo(...spot);
  }
  brush.stroke();
  brush.restore();
}

/** Around the dot that is pointed at. */
export function ring(brush, [x, y], colour) {
  brush.beginPath();
  brush.arc(x, y, 9, 0, 2 * Math.PI);
  brush.strokeStyle = colour;
  brush.lineWidth = 2;
  brush.stroke();
}
