/** Puts the parts of the page together: the address says what is asked, everything else follows it. */

import { Adding } from "./adding.js";
import { addressOf, formatAddress, parseAddress } from "./address.js";
import { Answer } from "./answer.js";
import { Catalogue } from "./catalogue.js";
import { byId } from "./element.js";
import { startIntake } from "./intake.js";
import { showCatalogued, showNoQuery, showUpload } from "./query.js";
import { Service } from "./service.js";

const answer = new Answer();
const catalogue = new Catalogue(() => parseAddress(location.hash).n);
const service = new Service();
const adding = new Adding(() => {
  service.refresh();
  catalogue.refresh();
});
/** Pictures sent from this tab: the address names them by their number, starting at 1. */
const uploads = /** @type {{file: File, url: string}[]} */ ([]);
let leaving = new AbortController();

const notice = (words) => {
  byId("notice").textContent = words;
};

function ask(entries) {
  if (entries.length > 1) {
    notice("One picture asks. To add several, drop them on the catalogue.");
    return;
  }
  const [{ file }] = entries;
  uploads.push({ file, url: URL.createObjectURL(file) });
  const { n } = parseAddress(location.hash);
  location.hash = formatAddress({ kind: "upload", key: uploads.length, n });
}

/** Shows what the address says. */
async function follow() {
  leaving.abort();
  leaving = new AbortController();
  const address = parseAddress(location.hash);
  showCount(address.n);
  catalogue.relink();
  notice("");
  const upload = address.kind === "upload" ? uploads[address.key - 1] : undefined;
  if (address.kind === "id") {
    showCatalogued(address.id, leaving.signal);
    await answered({ id: address.id }, address.n);
  } else if (upload) {
    showUpload(upload.file, upload.url);
    await answered({ file: upload.file }, address.n);
  } else {
    showNoQuery();
    answer.reset();
    if (address.kind === "upload") notice("That picture was held by another tab or visit. Choose it again.");
  }
}

async function answered(query, n) {
  const answers = await answer.ask(query, n);
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
    location.hash = addressOf(id, parseAddress(location.hash).n);
  },
  add: (entries) => adding.add(entries),
});
follow();
byId("main").classList.remove("waiting");
catalogue.refresh();
service.refresh();
