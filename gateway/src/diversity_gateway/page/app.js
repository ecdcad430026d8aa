/** Puts the parts of the page together: the address says what is asked, everything else follows it. */

import { Adding } from "./adding.js";
import { addressOf, formatAddress, parseAddress } from "./address.js";
import { Answer } from "./answer.js";
import { moveByArrows } from "./arrows.js";
import { EQUAL } from "./blend.js";
import { Camera } from "./camera.js";
import { Catalogue } from "./catalogue.js";
import { Deletion } from "./deletion.js";
import { byId } from "./element.js";
import { pictures } from "./format.js";
import { HistoryStrip } from "./history_strip.js";
import { Hubs } from "./hubs.js";
import { startIntake } from "./intake.js";
import { onKey } from "./key.js";
import { forgetSentence, showCatalogued, showNoQuery, showSeen, showSentence, showUpload } from "./query.js";
import { Scatter } from "./scatter.js";
import { Service } from "./service.js";
import { Single } from "./single.js";
import { Tuner } from "./tuner.js";
import { Weighing } from "./weighing.js";

const STATS_WAIT_MS = 10_000; // shown before the views are known, the page would move when they are

const present = () => parseAddress(location.hash);
/** Leads to another address; one that is not kept replaces the present one in the browser's history. */
function go(address, kept = true) {
  if (kept) {
    location.hash = formatAddress(address);
    return;
  }
  history.replaceState(null, "", formatAddress(address));
  follow();
}

/** A picture of the catalogue was picked: it asks, or it adds to the history that is asked about. */
const picked = (id) => (present().kind === "user" ? strip.add(id) : go(parseAddress(addressOf(id, wish()))));
const scatter = new Scatter(picked);
const strip = new HistoryStrip(go, present, () => follow());
const answer = new Answer(
  (found) => {
    showSentence(found.query.caption);
    scatter.show(found);
  },
  (id) => strip.add(id),
);
const service = new Service();
const catalogue = new Catalogue(wish);
const changed = () => {
  service.refresh();
  catalogue.refresh();
  scatter.reload();
};
const adding = new Adding(changed);
const single = new Single(changed);
// A share tried is no place to come back to: the address changes, the history does not grow.
const weighing = new Weighing((words) => go({ ...present(), words }, false));
const tuner = new Tuner((tuning, kept) => go({ ...present(), ...tuning }, kept));
const deletion = new Deletion((id) => {
  go({ ...present(), kind: "none" }, false);
  notice(`${id} was deleted.`);
  byId("choose").focus();
  changed();
});
/** Pictures sent from this tab: the address names them by their number, starting at 1. */
const uploads = /** @type {{file: File, url: string}[]} */ ([]);
let shown = ""; // which picture is asked about, so that another count or share leaves it in its place
let leaving = new AbortController();

function notice(words) {
  byId("notice").textContent = words;
}

/** What the address wants; its share of words means nothing without a caption view. */
function wish() {
  const address = present();
  return { ...address, words: service.bothViews ? address.words : EQUAL };
}

function ask(entries) {
  if (entries.length > 1) {
    notice("One picture asks. To add several, drop them on the catalogue.");
    return;
  }
  const [{ file }] = entries;
  uploads.push({ file, url: URL.createObjectURL(file) });
  go({ ...wish(), kind: "upload", key: uploads.length });
}

/** Shows what the address says. */
async function follow() {
  const address = present();
  const upload = address.kind === "upload" ? uploads[address.key - 1] : undefined;
  showCount(address.n);
  weighing.show(address.words);
  tuner.show(address);
  catalogue.relink();
  notice("");
  const subject = JSON.stringify([address.kind, address.id ?? address.key ?? address.seen ?? address.user]);
  if (subject !== shown || address.kind === "user") {
    shown = subject;
    leaving.abort();
    leaving = new AbortController();
    showSubject(address, upload, leaving.signal);
  }
  const { signal } = leaving;
  const seen = await strip.show(address, signal);
  if (signal.aborted) return; // another address was followed meanwhile
  if (address.kind === "seen" || address.kind === "user") showHistory(address, seen);
  if (address.kind === "id") await answered({ id: address.id });
  else if (upload) await answered({ file: upload.file });
  else if (address.kind === "seen" && seen.length > 0) await answered({ seen, fade: address.fade });
  else if (address.kind === "user" && seen.length > 0) await answered({ user: address.user });
  else answer.reset();
  if (address.kind === "upload" && !upload) notice("That picture was held by another tab or visit. Choose it again.");
}

/** Shows the picture that is asked about, and what can be done with it. */
function showSubject(address, upload, signal) {
  forgetSentence();
  scatter.ask({ ids: address.kind === "id" ? [address.id] : [], file: upload?.file }, signal);
  if (address.kind === "id") {
    deletion.reserve();
    showCatalogued(address.id, signal).then((exists) => exists && deletion.for(address.id));
    return;
  }
  deletion.withdraw();
  if (upload) showUpload(upload.file, upload.url);
  else if (address.kind === "none" || address.kind === "upload") showNoQuery();
}

function showHistory(address, seen) {
  const title = seen.length > 0 ? `${pictures(seen.length)} seen` : "";
  showSeen(seen, title, address.kind === "user" ? `Kept for ${address.user}.` : "Kept in this page's address.");
  scatter.ask({ ids: seen }, leaving.signal);
}

async function answered(query) {
  const answers = await answer.ask(query, wish(), service.bothViews);
  if (answers) {
    const [divergent, similar] = answers.map(({ results }) => results.length);
    byId("outcome").textContent = `${divergent} divergent and ${similar} similar pictures found.`;
  }
}

function showCount(n) {
  const select = /** @type {HTMLSelectElement} */ (byId("count"));
  if (![...select.options].some((option) => Number(option.value) === n)) select.add(new Option(String(n)));
  select.value = String(n);
}

/** A link followed leads to the new query, which may be out of sight; back and forward keep their place. */
function followLinks(event) {
  const link = event.target.closest("a");
  if (link?.matches("[data-skip]")) {
    event.preventDefault();
    byId("answer").focus();
  } else if (link?.dataset.id && present().kind === "user" && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    picked(link.dataset.id);
  } else if (link?.hash && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    window.scrollTo({ top: 0 });
    byId("query-title").focus({ preventScroll: true });
  }
}

byId("count").addEventListener("change", (event) => go({ ...present(), n: Number(event.target.value) }));
document.addEventListener("click", followLinks);
window.addEventListener("hashchange", follow);
for (const id of ["results", "strip", "seen-list"]) moveByArrows(byId(id));
new Camera(ask);
new Hubs(wish, () => scatter.ids);
startIntake({
  ask,
  follow: go,
  add: (entries) => (entries.length === 1 ? single.open(entries[0]) : adding.add(entries)),
});
onKey(() => {
  shown = ""; // what was refused is shown anew, too
  service.refresh();
  catalogue.refresh();
  scatter.load();
  follow();
});
catalogue.refresh();
// The number of views decides what is asked and how much room an answer takes, so it is asked for first.
await Promise.race([service.refresh(), new Promise((resolve) => setTimeout(resolve, STATS_WAIT_MS))]);
follow();
byId("main").classList.remove("waiting");
scatter.load();
