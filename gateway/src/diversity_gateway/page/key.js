/** The API key of this tab, where the gateway wants one: sent with every call, asked for when it is refused. */

import { byId } from "./element.js";

const NAME = "diversity_key"; // in the session's storage, and as a cookie of the pictures

/** The header that carries the key; none without one. */
export function keyHeaders() {
  const key = sessionStorage.getItem(NAME);
  return key ? { "X-API-Key": key } : {};
}

/** Asks for a key; the page starts anew with it. */
export function wantKey() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("key"));
  if (!dialog.open) dialog.showModal();
}

/** An `<img>` sends no header of ours, so for pictures the key is a cookie; other sites cannot make use of it. */
function store(key) {
  sessionStorage.setItem(NAME, key);
  const path = new URL("images/", document.baseURI).pathname;
  document.cookie = `${NAME}=${encodeURIComponent(key)}; Path=${path}; SameSite=Strict`;
}

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  store(/** @type {HTMLInputElement} */ (byId("key-value")).value.trim());
  location.reload();
});
