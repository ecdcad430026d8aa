/** Puts the parts of the page together: the address says what is asked, everything else follows it. */

import { Adding } from "./adding.js";
import { addressOf, formatAddress, parseAddress } from "./address.js";
import { Answer } from "./answer.js";
import { EQUAL } from "./blend.js";
import { Catalogue } from "./catalogue.js";
import { Deletion } from "./deletion.js";
import { byId } from "./element.js";
import { startIntake } from "./intake.js";
import { forgetSentence, showCatalogued, showNoQuery, showSentence, showUpload } from "./query.js";
import { Service } from "./service.js";
import { Single } from "./single.js";
import { Weighing } from "./weighing.js";

const STATS_WAIT_MS = 10_000; // shown before the views are known, the page would move when they are

const answer = new Answer(({ query }) => showSentence(query.caption));
const service = new Service();
const catalogue = new Catalogue(wish);
const changed = () => {
  service.refresh();
  catalogue.refresh();
};
const adding = new Adding(changed);
const single = new Single(changed);
const weighing = new Weighing((words) => {
  // A share tried is no place to come back to: the address changes, the history does not grow.
  history.replaceState(null, "", formatAddress({ ...parseAddress(location.hash), words }));
  follow();
});
const deletion = new Deletion((id) => {
  history.replaceState(null, "", formatAddress({ ...parseAddress(location.hash), kind: "none" }));
  follow();
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
  const { n, words } = parseAddress(location.hash);
  return { n, words: service.bothViews ? words : EQUAL };
}

function ask(entries) {
  if (entries.length > 1) {
    notice("One picture asks. To add several, drop them on the catalogue.");
    return;
  }
  const [{ file }] = entries;
  uploads.push({ file, url: URL.createObjectURL(file) });
  location.hash = formatAddress({ ...wish(), kind: "upload", key: uploads.length });
}

/** Shows what the address says. */
async function follow() {
  const address = parseAddress(location.hash);
  const upload = address.kind === "upload" ? uploads[address.key - 1] : undefined;
  showCount(address.n);
  weighing.show(address.words);
  catalogue.relink();
  notice("");
  const subject = JSON.stringify([address.kind, address.id ?? address.key]);
  if (subject !== shown) {
    shown = subject;
    showSubject(address, upload);
  }
  if (address.kind === "id") await answered({ id: address.id });
  else if (upload) await answered({ file: upload.file });
  else answer.reset();
  if (address.kind === "upload" && !upload) notice("That picture was held by another tab or visit. Choose it again.");
}

/** Shows the picture that is asked about, and what can be done with it. */
function showSubject(address, upload) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  forgetSentence();
  if (address.kind === "id") {
    deletion.reserve();
    showCatalogued(address.id, signal).then((exists) => exists && deletion.for(address.id));
    return;
  }
  deletion.withdraw();
  if (upload) showUpload(upload.file, upload.url);
  else showNoQuery();
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
  } else if (link?.hash && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    window.scrollTo({ top: 0 });
    byId("query-title").focus({ preventScroll: true });
  }
}

byId("count").addEventListener("change", (event) => {
  location.hash = formatAddress({ ...parseAddress(location.hash), n: Number(event.target.value) });
});
document.addEventListener("click", followLinks);
window.addEventListener("hashchange", follow);
startIntake({
  ask,
  askById: (id) => {
    location.hash = addressOf(id, wish());
  },
  add: (entries) => (entries.length === 1 ? single.open(entries[0]) : adding.add(entries)),
});
catalogue.refresh();
// The number of views decides what is asked and how much room an answer takes, so it is asked for first.
await Promise.race([service.refresh(), new Promise((resolve) => setTimeout(resolve, STATS_WAIT_MS))]);
follow();
byId("main").classList.remove("waiting");
