// Lists marked data-sticky that stand at their end stay there when something is added, when an
// image arrives or when the window changes. "chat" lists also open at their end.

const atEnd = new WeakMap();

const lists = () => document.querySelectorAll("[data-sticky]");
const isAtEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 40;

/** To be called after each drawing. */
export function stickToEnds() {
  for (const list of lists()) {
    if (!atEnd.has(list)) atEnd.set(list, list.dataset.sticky === "chat");
    if (atEnd.get(list)) list.scrollTop = list.scrollHeight;
  }
}

export function watchEnds() {
  const scrolled = ({ target }) => {
    if (target.dataset?.sticky !== undefined) atEnd.set(target, isAtEnd(target));
  };
  document.addEventListener("scroll", scrolled, { capture: true, passive: true });
  // Neither event bubbles: images tell of themselves while capturing.
  document.addEventListener("load", stickToEnds, { capture: true });
  window.addEventListener("resize", stickToEnds);
}
