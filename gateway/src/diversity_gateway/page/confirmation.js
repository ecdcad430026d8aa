/** A question before what cannot be undone: a dialog that can be answered with no. */

import { byId } from "./element.js";
import { whileBusy } from "./focus.js";
import { problemContent } from "./problem.js";

export class Confirmation {
  /**
   * @param {string} name  of the dialog in the markup, whose parts are `NAME-id`, `NAME-problem`, `NAME-cancel`,
   *   `NAME-confirm`
   * @param {(id: string) => Promise<unknown>} act  done on yes; a Problem is shown, and the question stays
   * @param {(id: string) => void} onDone
   */
  constructor(name, act, onDone) {
    Object.assign(this, { act, onDone, id: "" });
    this.dialog = /** @type {HTMLDialogElement} */ (byId(name));
    this.subject = byId(`${name}-id`);
    this.problem = byId(`${name}-problem`);
    this.yes = /** @type {HTMLButtonElement} */ (byId(`${name}-confirm`));
    byId(`${name}-cancel`).addEventListener("click", () => this.close());
    this.yes.addEventListener("click", () => whileBusy(this.yes, () => this.confirm()));
  }

  ask(id) {
    this.id = id;
    this.subject.textContent = id;
    this.problem.hidden = true;
    this.dialog.showModal();
  }

  close() {
    this.dialog.close();
  }

  async confirm() {
    const { id } = this;
    this.problem.hidden = true;
    try {
      await this.act(id);
    } catch (problem) {
      if (problem.name !== "Problem") throw problem;
      this.problem.replaceChildren(...problemContent(problem, null));
      this.problem.hidden = false;
      return;
    }
    this.close();
    this.onDone(id);
  }
}
