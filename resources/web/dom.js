// Small helpers for elements. All text goes in as text; nothing here ever parses HTML.

/** An element with attributes (`on…` are listeners, `text` its text) and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Sets what has changed only: to touch an element costs more than to look at it. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, value);
  }
}

export function setHidden(element, hidden) {
  if (element.hidden !== hidden) element.hidden = hidden;
}

/** Makes these the children, in this order, moving as few as possible (what has the focus keeps it). */
export function setChildren(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) {
    if (!wanted.has(child)) child.remove();
  }
  let at = parent.firstElementChild;
  for (const child of children) {
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
  }
}

/** A bar that fills up; with an undefined fraction something wanders, and with null it is empty. */
export class Bar {
  #fill = make("span", { class: "fill" });
  #fraction;

  constructor(label) {
    this.element = make("span", { class: "bar", role: "progressbar", "aria-label": label, "aria-valuemin": 0,
      "aria-valuemax": 100 }, this.#fill);
    this.set(null);
  }

  set(fraction) {
    if (fraction === this.#fraction) return;
    this.#fraction = fraction;
    this.element.classList.toggle("wandering", fraction === undefined);
    this.#fill.style.transform = fraction === undefined ? "" : `scaleX(${fraction ?? 0})`;
    const percent = Math.floor((fraction ?? 0) * 100 + 1e-9);
    setAttribute(this.element, "aria-valuenow", fraction === undefined ? null : percent);
  }
}
