/** Taking the picture that is asked about out of the catalogue, after a question. */

import { deleteImage } from "./api.js";
import { Confirmation } from "./confirmation.js";
import { byId } from "./element.js";

export class Deletion {
  /** @param {(id: string) => void} onDeleted */
  constructor(onDeleted) {
    this.id = null;
    this.offer = byId("delete");
    this.question = new Confirmation("deletion", deleteImage, onDeleted);
    this.offer.addEventListener("click", () => this.question.ask(this.id));
  }

  /** Offers it for a picture of the catalogue; its place is kept free until the picture is known to exist. */
  reserve() {
    this.id = null;
    this.offer.hidden = false;
    this.offer.classList.add("reserved");
  }

  for(id) {
    this.id = id;
    this.offer.classList.remove("reserved");
  }

  /** Offers nothing. */
  withdraw() {
    this.id = null;
    this.offer.hidden = true;
    this.question.close();
  }
}
