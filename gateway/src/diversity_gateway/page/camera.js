/** A picture from the camera: a dialog with what it sees, and one button to take it. */

import { byId } from "./element.js";

const REFUSALS = {
  NotAllowedError: "The browser was not allowed to use the camera.",
  NotFoundError: "There is no camera.",
  NotReadableError: "Another program is using the camera.",
};
const QUALITY = 0.92;

export class Camera {
  /** @param {(entries: import("./dropped.js").Entry[]) => void} onTaken */
  constructor(onTaken) {
    this.onTaken = onTaken;
    this.dialog = /** @type {HTMLDialogElement} */ (byId("camera"));
    this.video = /** @type {HTMLVideoElement} */ (byId("camera-video"));
    this.shutter = /** @type {HTMLButtonElement} */ (byId("camera-take"));
    this.stream = /** @type {MediaStream | null} */ (null);
    const offer = byId("camera-open");
    offer.hidden = !navigator.mediaDevices?.getUserMedia; // browsers give it on https and localhost only
    offer.addEventListener("click", () => this.open());
    this.shutter.addEventListener("click", () => this.take());
    byId("camera-cancel").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => this.stop());
  }

  async open() {
    byId("camera-problem").hidden = true;
    this.shutter.disabled = true;
    this.dialog.showModal();
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      this.stream = stream;
      if (!this.dialog.open) this.stop(); // closed while the browser asked
      this.video.srcObject = this.stream;
      await this.video.play();
      this.shutter.disabled = false;
      this.shutter.focus();
    } catch (error) {
      if (!this.dialog.open) return;
      byId("camera-problem").textContent = REFUSALS[error.name] ?? `The camera does not start: ${error.message}`;
      byId("camera-problem").hidden = false;
    }
  }

  async take() {
    const canvas = document.createElement("canvas");
    canvas.width = this.video.videoWidth;
    canvas.height = this.video.videoHeight;
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    this.dialog.close();
    const file = new File([blob], "camera.jpg", { type: "image/jpeg" });
    this.onTaken([{ file, path: file.name }]);
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }
}
