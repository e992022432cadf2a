// The one open menu: message actions, overflow options or the emoji picker.

import { emojiPicker } from "./reactions.js";
import { app, change } from "./store.js";
import { h } from "./vdom.js";

function closePopover({ refocus = true } = {}) {
  const anchor = app.ui.popover?.anchor;
  change((ui) => {
    ui.popover = null;
  });
  if (refocus) anchor?.focus?.({ preventScroll: true });
}

export function popover() {
  const open = app.ui.popover;
  if (!open) return null;
  const isMenu = open.kind === "menu";
  return h(
    "div",
    {
      class: `popover popover-${open.kind}`,
      key: open.id,
      role: isMenu ? "menu" : "dialog",
      "aria-label": isMenu ? open.label : "Pick a reaction",
      mounted: (node) => {
        place(node, open.anchor);
        node.querySelector("[role=menuitem]")?.focus({ preventScroll: true });
      },
      on: { keydown: moveFocus },
    },
    isMenu ? open.items.map(menuItem) : emojiPicker(open, closePopover),
  );
}

function menuItem(item, index) {
  if (item.heading) return h("p", { class: "popover-heading", key: index }, item.heading);
  const run = () => {
    closePopover();
    item.run();
  };
  return h(
    "button",
    {
      type: "button",
      role: "menuitem",
      key: index,
      class: `menu-item${item.danger ? " danger" : ""}`,
      on: { click: run },
    },
    h("span", null, item.label),
    item.hint && h("small", { class: "muted" }, item.hint),
  );
}

/** Beside its anchor, wholly inside the window. */
function place(node, anchor) {
  const box = anchor.getBoundingClientRect();
  const { width, height } = node.getBoundingClientRect();
  const below = box.bottom + 4;
  const top = below + height < innerHeight - 8 ? below : Math.max(8, box.top - height - 4);
  node.style.top = `${top}px`;
  const left = box.left + width < innerWidth - 8 ? box.left : box.right - width;
  node.style.left = `${Math.max(8, left)}px`;
}

function moveFocus(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...event.currentTarget.querySelectorAll("[role=menuitem]")];
  const next = items.indexOf(document.activeElement) + step;
  items.at(next % items.length)?.focus();
}

/** Escape and a press elsewhere close it. */
export function watchPopover() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && app.ui.popover) closePopover();
  });
  document.addEventListener("pointerdown", (event) => {
    const open = app.ui.popover;
    if (!open || event.target.closest(".popover") || open.anchor.contains(event.target)) return;
    closePopover({ refocus: false });
  });
}
