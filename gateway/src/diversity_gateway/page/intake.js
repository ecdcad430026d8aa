/** How a picture gets into the page: dropped, pasted, chosen. */

import { parseAddress } from "./address.js";
import { chosenEntries, droppedEntries } from "./dropped.js";
import { byId } from "./element.js";

/** @typedef {import("./dropped.js").Entry} Entry */

/**
 * Listens for pictures.
 * @param {{ask: (entries: Entry[]) => void, follow: (address: import("./address.js").Address) => void, add: (entries: Entry[]) => void}} to
 */
export function startIntake(to) {
  chooser("choose", "choose-file", to.ask);
  chooser("add-files", "add-files-input", to.add);
  chooser("add-folder", "add-folder-input", to.add);
  byId("query-frame").addEventListener("click", () => byId("choose-file").click());
  document.addEventListener("paste", (event) => {
    const entries = chosenEntries(event.clipboardData?.files ?? []);
    if (entries.length > 0) to.ask(entries);
  });
  startDrops(to);
}

function chooser(buttonId, inputId, use) {
  const input = /** @type {HTMLInputElement} */ (byId(inputId));
  byId(buttonId).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const entries = chosenEntries(input.files ?? []);
    input.value = ""; // the same file may be chosen again
    if (entries.length > 0) use(entries);
  });
}

function startDrops(to) {
  const targets = byId("drop-targets");
  const show = (shown) => {
    targets.hidden = !shown;
  };
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const usable = (event) => carriesFiles(event) || event.dataTransfer?.types.includes("text/uri-list");
  document.addEventListener("dragenter", (event) => {
    if (carriesFiles(event)) show(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) show(false); // the pointer left the window
  });
  document.addEventListener("dragover", (event) => {
    if (!usable(event)) return;
    event.preventDefault(); // without it the browser would open the file in place of the page
    const over = zoneOf(event);
    for (const target of targets.children) target.classList.toggle("over", over === target.dataset.drop);
  });
  document.addEventListener("drop", async (event) => {
    if (!usable(event)) return;
    event.preventDefault();
    show(false);
    const zone = zoneOf(event) ?? "ask";
    const address = parseAddress(hashOf(event.dataTransfer.getData("text/uri-list")));
    if (!carriesFiles(event)) {
      if (address.kind !== "none") to.follow(address); // one of this page's own pictures was dragged
      return;
    }
    const entries = await droppedEntries(event.dataTransfer);
    if (entries.length > 0) (zone === "add" ? to.add : to.ask)(entries);
  });
}

const zoneOf = (event) => event.target.closest?.("[data-drop]")?.dataset.drop;

/** The part after `#` of a link to this very page, "" for any other link. */
function hashOf(link) {
  const [page, hash = ""] = link.trim().split("#", 2);
  return page === location.href.split("#", 1)[0] ? hash : "";
}
