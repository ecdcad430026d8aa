/**
 * Building DOM nodes. Data reaches the page as text nodes and plain attributes only, so that markup in a
 * caption or a file name stays text.
 */

/**
 * An element with attributes, then children; strings become text nodes, null and false are left out.
 * @param {string} tag
 * @param {Object<string, string|number|boolean|null|undefined>} [attributes]
 * @param {...(Node|string|null|false|undefined)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** The element of the page with this id; the markup always has it. */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** A button that calls `action`. */
export function button(label, action, attributes = {}) {
  const node = element("button", { type: "button", ...attributes }, label);
  node.addEventListener("click", action);
  return node;
}
