/** What somebody saw, as a strip above the answer: each picture can be taken out, or asked about alone. */

import { formatAddress } from "./address.js";
import { addHistory, forgetHistory, getHistory } from "./api.js";
import { thumbnail } from "./card.js";
import { Confirmation } from "./confirmation.js";
import { button, byId, element } from "./element.js";
import { leave, replaceItems } from "./focus.js";
import { problemContent } from "./problem.js";
import { countText, fadeText, MOST, MOST_KEPT, without } from "./seen.js";

const REST_MS = 250; // a drag or a held arrow key is one question, not twenty

/** @typedef {import("./address.js").Address} Address */

export class HistoryStrip {
  /**
   * @param {(address: Address, kept: boolean) => void} go  leads to another address; one that is not kept is no
   *   place to come back to
   * @param {() => Address} present
   * @param {() => void} again  asks the same once more
   */
  constructor(go, present, again) {
    Object.assign(this, { go, present, again, timer: 0 });
    this.host = byId("seen");
    this.list = byId("seen-list");
    this.slider = /** @type {HTMLInputElement} */ (byId("fade"));
    this.slider.addEventListener("input", () => this.slide());
    this.forgetting = new Confirmation("forgetting", forgetHistory, () => this.again());
    byId("seen-clear").addEventListener("click", () => this.clear());
    byId("seen-open").addEventListener("click", () => this.open());
    byId("user-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const user = /** @type {HTMLInputElement} */ (byId("user")).value.trim();
      if (user) this.go({ ...this.present(), kind: "user", user }, true);
    });
  }

  /** Begins a history, with the picture that is asked about where there is one. */
  open() {
    const now = this.present();
    this.go({ ...now, kind: "seen", seen: now.kind === "id" ? [now.id] : [], fade: 1 }, true);
  }

  /** One more picture was seen. */
  async add(id) {
    const now = this.present();
    if (now.kind === "user") {
      await this.attempt(() => addHistory(now.user, id));
      this.again();
      return;
    }
    const seen = now.kind === "seen" ? now.seen : now.kind === "id" ? [now.id] : [];
    this.go({ ...now, kind: "seen", seen: [...without(seen, id), id], fade: now.fade ?? 1 }, true);
  }

  /** Shows what the address says; returns the pictures, the newest last. */
  async show(/** @type {Address} */ address, signal) {
    clearTimeout(this.timer);
    const shown = address.kind === "seen" || address.kind === "user";
    if (!shown) leave(this.host, byId("seen-open"));
    this.host.hidden = !shown;
    if (!shown) return [];
    const own = address.kind === "seen";
    byId("fade-field").hidden = !own;
    byId("user").value = own ? "" : address.user;
    byId("seen-problem").hidden = true;
    if (own) this.tellFade(address.fade);
    let ids = own ? address.seen : [];
    if (!own) {
      const kept = await this.attempt(() => getHistory(address.user, signal));
      if (signal.aborted) return [];
      ids = kept ? kept.history.map(({ image_id: id }) => id) : [];
    }
    byId("seen-title").textContent = own ? "Seen" : `Seen by ${address.user}`;
    byId("seen-count").textContent = countText(ids.length, own ? MOST : MOST_KEPT);
    byId("seen-hint").hidden = ids.length > 0;
    const clear = /** @type {HTMLButtonElement} */ (byId("seen-clear"));
    const nothing = ids.length === 0 && !own;
    if (nothing) leave(clear, byId("user"));
    clear.disabled = nothing;
    clear.textContent = own ? "Clear" : "Clear…"; // an address can be gone back to, what the gateway forgets cannot
    replaceItems(this.list, ids.toReversed().map((id) => this.item(id, own)), clear);
    return ids;
  }

  item(id, own) {
    const now = this.present();
    const alone = formatAddress({ ...now, kind: "id", id });
    const out = () => this.go({ ...now, seen: without(now.seen, id) }, true);
    return element(
      "li",
      { "data-image-id": id },
      element("a", { href: alone, title: `Ask with ${id} alone` }, thumbnail(id, null)),
      own && button("×", out, { class: "take-out", "aria-label": `Take ${id} out`, title: "Take it out" }),
    );
  }

  clear() {
    const now = this.present();
    if (now.kind === "user") this.forgetting.ask(now.user);
    else this.go({ ...now, kind: "none" }, true);
  }

  slide() {
    const fade = Number(this.slider.value);
    this.tellFade(fade);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.go({ ...this.present(), fade }, false), REST_MS);
  }

  tellFade(fade) {
    this.slider.value = String(fade);
    this.slider.setAttribute("aria-valuetext", fadeText(fade));
    byId("fade-text").textContent = fadeText(fade);
  }

  async attempt(make) {
    try {
      return await make();
    } catch (problem) {
      if (problem.name !== "Problem") {
        if (problem.name === "AbortError") return null;
        throw problem;
      }
      byId("seen-problem").replaceChildren(...problemContent(problem, null));
      byId("seen-problem").hidden = false;
      return null;
    }
  }
}
