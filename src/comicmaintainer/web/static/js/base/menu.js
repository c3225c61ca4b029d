// @ts-check
/** A short menu of actions beside a row or a button: arrows move, Enter chooses, Escape closes. */

import { h, icon } from "./dom.js";

/** @typedef {[label: string, icon: string, action: () => void, look?: string]} MenuEntry */

const GAP_PX = 4;
/** @type {Record<string, number>} */
const STEPS = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/**
 * @param {HTMLElement} menu
 * @param {Element} anchor
 */
function place(menu, anchor) {
  const at = anchor.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const below = at.bottom + GAP_PX + size.height <= innerHeight;
  menu.style.top = `${Math.max(GAP_PX, below ? at.bottom + GAP_PX : at.top - GAP_PX - size.height)}px`;
  menu.style.left = `${Math.max(GAP_PX, Math.min(at.left, innerWidth - size.width - GAP_PX))}px`;
}

/**
 * Open a menu at `anchor` with [[label, icon, action, look?]]; false entries are left out.
 * @param {Element} anchor
 * @param {(MenuEntry | false | null | undefined)[]} entries
 */
export function openMenu(anchor, entries) {
  document.querySelector(".menu")?.remove();
  const back = /** @type {HTMLElement | null} */ (document.activeElement);
  const leave = () => {
    menu.remove();
    back?.focus?.();
  };
  const items = entries
    .filter((entry) => !!entry)
    .map(([label, name, action, look = ""]) =>
      h(
        "button",
        {
          type: "button",
          role: "menuitem",
          class: `quiet ${look}`,
          onclick: () => {
            leave();
            action();
          },
        },
        icon(name),
        label,
      ),
    );
  const menu = h("div", { class: "menu", role: "menu", popover: "auto" }, items);
  menu.addEventListener("toggle", (event) => {
    if (event.newState === "closed") menu.remove();
  });
  menu.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const here = items.indexOf(/** @type {any} */ (document.activeElement));
    if (step) items[(here + step + items.length) % items.length].focus();
    else if (event.key === "Escape") leave();
    else if (event.key !== "Enter" && event.key !== " " && event.key !== "Tab") return;
    event.stopPropagation();
    if (step || event.key === "Escape") event.preventDefault();
  });
  // In a modal dialog, only what is inside it can be used.
  (anchor.closest("dialog, main, header") ?? document.body).append(menu);
  menu.showPopover();
  place(menu, anchor);
  items[0]?.focus();
}
