/** Arrow keys between the pictures of a grid; Tab still visits each. */

const MOVES = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

/** Lets arrow keys, Home and End move between the links in `host`. */
export function moveByArrows(host) {
  host.addEventListener("keydown", (event) => {
    const links = [...host.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = event.key === "Home" ? 0 : event.key === "End" ? links.length - 1 : moved(links, at, event.key);
    if (next === null || next === undefined) return;
    event.preventDefault();
    links[next].focus();
  });
}

function moved(links, at, key) {
  const [across, down] = MOVES[key] ?? [0, 0];
  if (across) return Math.min(links.length - 1, Math.max(0, at + across));
  return down ? at + down * columns(links) in links ? at + down * columns(links) : at : null;
}

/** How many stand in the first line. */
function columns(links) {
  const top = links[0].getBoundingClientRect().top;
  const second = links.findIndex((link) => link.getBoundingClientRect().top > top + 1);
  return second < 0 ? links.length : second;
}
