/** Where the keyboard stays when what it stands on is replaced, hidden or disabled. */

const USABLE = "a[href], button:not(:disabled), summary";

/**
 * Replaces the items of a list. Whoever stood on one of the old ones then stands on the same control of the one at
 * the same place (of the last, where there are fewer), or on `otherwise` where none is left.
 * @param {HTMLElement} list
 * @param {HTMLElement[]} items
 * @param {HTMLElement} otherwise
 */
export function replaceItems(list, items, otherwise) {
  const held = [...list.children].findIndex((item) => item.contains(document.activeElement));
  const control = held < 0 ? -1 : usable(list.children[held]).indexOf(document.activeElement);
  list.replaceChildren(...items);
  if (held < 0) return;
  const left = items.length > 0 ? usable(items[Math.min(held, items.length - 1)]) : [];
  (left[control] ?? left[0] ?? otherwise).focus({ preventScroll: true });
}

const usable = (node) => /** @type {HTMLElement[]} */ ([...node.querySelectorAll(USABLE)]);

/** Leads whoever stands in `node`, which is about to be hidden or disabled, to another place. */
export function leave(node, to) {
  if (node.contains(document.activeElement)) to.focus({ preventScroll: true });
}

/** The button that is pressed now, to come back to when what it opens is closed; `otherwise` where none is. */
export function opener(otherwise) {
  const held = document.activeElement;
  return held?.matches("button") && held.checkVisibility() ? /** @type {HTMLElement} */ (held) : otherwise;
}

/** Disables a button while `work` runs. A browser takes the focus from a disabled button: it is given back. */
export async function whileBusy(button, work) {
  const held = button === document.activeElement;
  button.disabled = true;
  try {
    return await work();
  } finally {
    button.disabled = false;
    if (held && document.activeElement === document.body) button.focus({ preventScroll: true });
  }
}
