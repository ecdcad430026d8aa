/** What lies around a picture that does not fill its frame: the colours of its own edges, so that no seam shows. */

const SIDE = 32; // an edge is a 32nd of the picture
const CORNER = SIDE / 4; // what stands at an edge rarely reaches its ends
const ENDS = Array.from({ length: SIDE }, (_, at) => at).filter((at) => Math.min(at, SIDE - 1 - at) < CORNER);

let brush = /** @type {CanvasRenderingContext2D | null} */ (null);

/** Gives `image`'s parent the colours once the picture is there. @returns {HTMLImageElement} */
export function matted(image) {
  image.addEventListener("load", () => {
    const frame = image.parentElement;
    if (!frame) return; // replaced meanwhile
    const beside = image.naturalWidth * frame.clientHeight < image.naturalHeight * frame.clientWidth;
    const edges = edgesOf(image, beside);
    if (edges) frame.style.setProperty("--mat", `linear-gradient(to ${beside ? "right" : "bottom"}, ${stops(edges)})`);
  });
  return image;
}

const stops = ([first, last]) => `${first} 50%, ${last} 50%`;

/** The colours of two opposite edges; null where one is transparent. */
function edgesOf(image, beside) {
  brush ??= Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE }).getContext("2d", {
    willReadFrequently: true,
  });
  brush.clearRect(0, 0, SIDE, SIDE);
  brush.drawImage(image, 0, 0, SIDE, SIDE);
  const { data } = brush.getImageData(0, 0, SIDE, SIDE);
  const at = (place, end) => 4 * (beside ? end * SIDE + place : place * SIDE + end);
  const read = (place) => median(ENDS.map((end) => data.subarray(at(place, end))));
  const edges = [read(0), read(SIDE - 1)];
  return edges.includes(null) ? null : edges;
}

/** The middle of some pixels' colours, channel by channel: what only touches an edge does not tint it. */
function median(pixels) {
  const channels = [0, 1, 2, 3].map((channel) => pixels.map((pixel) => pixel[channel]).sort((a, b) => a - b));
  if (channels.pop()[0] < 255) return null;
  return `rgb(${channels.map((levels) => levels[levels.length >> 1]).join(" ")})`;
}
