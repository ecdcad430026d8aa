/** The API key of this tab, where the gateway wants one: sent with every call, asked for when it is refused. */

import { byId } from "./element.js";

const NAME = "diversity_key"; // in the session's storage, and as a cookie of the pictures
const HEADER = "X-API-Key";
const GIVEN = "given"; // what the dialog closes with when a key was

const dialog = /** @type {HTMLDialogElement} */ (byId("key"));
const field = /** @type {HTMLInputElement} */ (byId("key-value"));
const listeners = /** @type {(() => void)[]} */ ([]);
let declined = false; // closed without a key: not asked again until something is tried with another one

/** The header that carries the key; none without one. */
export function keyHeaders() {
  const key = sessionStorage.getItem(NAME);
  return key ? { [HEADER]: key } : {};
}

/** Whether this tab has a key. */
export const hasKey = () => sessionStorage.getItem(NAME) !== null;

/** Calls `listen` after another key was given. */
export const onKey = (listen) => listeners.push(listen);

/**
 * A call was refused for want of a key that is known.
 * @param {Object<string, string>} sent  the `keyHeaders` it was sent with
 * @param {string} words  the gateway's, said where a key was sent
 */
export function refused(sent, words) {
  const key = sent[HEADER] ?? null;
  if (key !== sessionStorage.getItem(NAME)) return; // another key was given meanwhile
  say(key === null ? "" : words);
  byId("key-open").hidden = false;
  if (!declined) wantKey();
}

/** Asks for a key. */
export function wantKey() {
  if (dialog.open) return;
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
}

function say(words) {
  byId("key-problem").textContent = words;
  byId("key-problem").hidden = !words;
}

/** An `<img>` sends no header of ours, so for pictures the key is a cookie; other sites cannot make use of it. */
function store(key) {
  sessionStorage.setItem(NAME, key);
  const path = new URL("images/", document.baseURI).pathname;
  document.cookie = `${NAME}=${encodeURIComponent(key)}; Path=${path}; SameSite=Strict`;
}

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  store(field.value.trim());
  say("");
  byId("key-open").hidden = false;
  declined = false;
  dialog.close(GIVEN);
  for (const listen of listeners) listen();
});
dialog.addEventListener("close", () => {
  declined = dialog.returnValue !== GIVEN; // by the button or by Escape, of which a browser need not tell otherwise
});
byId("key-cancel").addEventListener("click", () => dialog.close());
byId("key-open").addEventListener("click", () => {
  say("");
  wantKey();
});
byId("key-open").hidden = !hasKey();
