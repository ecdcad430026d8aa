/** Arrow keys between the pictures of a grid; Tab still visits each. */

const ACROSS = { ArrowRight: 1, ArrowLeft: -1 };
const DOWN = { ArrowDown: 1, ArrowUp: -1 };

/** Lets arrow keys, Home and End move between the links in `host`. */
export function moveByArrows(host) {
  host.addEventListener("keydown", (event) => {
    const links = [...host.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = target(links, at, event.key);
    if (next === null) return;
    event.preventDefault();
    links[next].focus();
  });
}

function target(links, at, key) {
  if (key === "Home") return 0;
  if (key === "End") return links.length - 1;
  if (key in ACROSS) return Math.min(links.length - 1, Math.max(0, at + ACROSS[key]));
  return key in DOWN ? inNextLine(links, at, DOWN[key]) : null;
}

/** Of the next line down or up, the link that lies nearest; lines need not have equally many. */
function inNextLine(links, at, down) {
  const boxes = links.map((link) => link.getBoundingClientRect());
  const middle = (box) => (box.left + box.right) / 2;
  const beyond = boxes
    .map((box, place) => ({
      place,
      away: (box.top - boxes[at].top) * down,
      aside: Math.abs(middle(box) - middle(boxes[at])),
    }))
    .filter(({ away }) => away > 1);
  const line = Math.min(...beyond.map(({ away }) => away));
  return beyond
    .filter(({ away }) => away <= line + 1)
    .reduce((best, one) => (one.aside < best.aside - 1 ? one : best), { place: at, aside: Infinity }).place;
}
