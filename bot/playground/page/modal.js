// The bot's modals and the page's own questions, as native dialogs that keep the focus inside.

import { Refused, slack } from "./api.js";
import { blocks } from "./blocks.js";
import { valuesOf } from "./elements.js";
import { readFile } from "./files.js";
import { withEmoji } from "./mrkdwn.js";
import { me } from "./people.js";
import { act, app, change, notify } from "./store.js";
import { h } from "./vdom.js";

const open = () => app.slack?.views ?? [];
let focusedBefore = null;

function showModal(node) {
  focusedBefore ??= document.activeElement;
  node.showModal();
}

/** Give the focus back to where it was before the first dialog, once the last one is gone. */
export function returnFocus() {
  if (!focusedBefore || document.querySelector("dialog")) return;
  if (focusedBefore.isConnected) focusedBefore.focus({ preventScroll: true });
  focusedBefore = null;
}

/** All open dialogs. While one is open nothing else can be used, so `overlays` (menus, notices)
 * go into the topmost. */
export function dialogs(overlays) {
  const asked = app.ui.dialog;
  if (!asked && !open().length) return overlays;
  return [modal(asked ? null : overlays), question(overlays)];
}

function modal(overlays) {
  const view = open().at(-1);
  if (!view) return null;
  const errors = { ...view.errors, ...app.ui.viewErrors[view.id] };
  const busy = app.ui.busyView === view.id;
  const hasInput = (view.blocks ?? []).some((block) => block.type === "input");
  const leave = () => close(view);
  const leaveAll = () => close(view, { all: true });
  const cancelled = (event) => {
    event.preventDefault();
    if (!app.ui.popover) leave();
  };
  return h(
    "dialog",
    {
      class: "modal",
      key: `view-${view.id}`,
      "aria-labelledby": "modal-title",
      "data-view": view.callback_id ?? "",
      mounted: showModal,
      on: { cancel: cancelled },
    },
    h(
      "form",
      {
        key: "form",
        method: "dialog",
        novalidate: true,
        on: { submit: (event) => submit(event, view) },
      },
      h(
        "header",
        { class: "modal-head" },
        h("h2", { id: "modal-title" }, withEmoji(view.title?.text ?? "")),
        h(
          "button",
          { type: "button", class: "tool", "aria-label": "Close all", on: { click: leaveAll } },
          "✕",
        ),
      ),
      h(
        "div",
        { class: "modal-body", "aria-busy": String(busy) },
        blocks(view.blocks, scopeOf(view), errors),
      ),
      h(
        "footer",
        { class: "modal-foot" },
        open().length > 1 && h("span", { class: "muted modal-depth" }, `Step ${open().length}`),
        h(
          "button",
          { type: "button", class: "button", on: { click: leave } },
          withEmoji(view.close?.text ?? "Close"),
        ),
        (view.submit || hasInput) &&
          h(
            "button",
            { type: "submit", class: "button button-primary", disabled: busy },
            busy ? "Sending…" : withEmoji(view.submit?.text ?? "Submit"),
          ),
      ),
    ),
    overlays,
  );
}

const scopeOf = (view) => ({
  id: view.id,
  form: true,
  press: (element, block, value) =>
    act(() =>
      slack.post("view/click", {
        user: me(),
        view_id: view.id,
        action_id: element.action_id,
        block_id: block.block_id,
        value,
      }),
    ),
});

const close = (view, how = {}) =>
  act(() => slack.post("view/close", { user: me(), view_id: view.id, ...how }));

async function submit(event, view) {
  event.preventDefault();
  const form = event.currentTarget;
  if (app.ui.busyView) return;
  const wrong = firstChecks(form, view);
  change((ui) => {
    ui.viewErrors = { [view.id]: wrong };
    ui.busyView = Object.keys(wrong).length ? null : view.id;
  });
  if (Object.keys(wrong).length) return;
  try {
    const values = await withFiles(form, valuesOf(form));
    const answer = await slack.post("view/submit", { user: me(), view_id: view.id, values });
    if (answer.errors)
      change((ui) => {
        ui.viewErrors = { [view.id]: answer.errors };
      });
  } catch (error) {
    const errors = error instanceof Refused && error.answer.errors;
    if (errors)
      change((ui) => {
        ui.viewErrors = { [view.id]: errors };
      });
    else notify(error.message);
  } finally {
    change((ui) => {
      ui.busyView = null;
    });
  }
}

/** What Slack itself checks before the bot hears of it. */
function firstChecks(form, view) {
  const values = valuesOf(form);
  const wrong = {};
  for (const block of view.blocks ?? []) {
    if (block.type !== "input") continue;
    const value = values[block.block_id]?.[block.element.action_id];
    const empty = value === null || value === undefined || (Array.isArray(value) && !value.length);
    if (empty && !block.optional) wrong[block.block_id] = "Please complete this required field.";
    const control = form.querySelector(`[data-block="${CSS.escape(block.block_id)}"]`);
    if (!empty && control?.validity && !control.validity.valid)
      wrong[block.block_id] = control.validationMessage;
  }
  return wrong;
}

async function withFiles(form, values) {
  for (const control of form.querySelectorAll("input[type=file][data-block]")) {
    const { block, action } = control.dataset;
    values[block][action] = await Promise.all([...control.files].map(readFile));
  }
  return values;
}

/** A question of the page or of an element's `confirm`. */
function question(overlays) {
  const asked = app.ui.dialog;
  if (!asked) return null;
  const leave = () =>
    change((ui) => {
      ui.dialog = null;
    });
  const agree = () => {
    leave();
    asked.run();
  };
  return h(
    "dialog",
    {
      class: "modal modal-question",
      key: "question",
      "aria-labelledby": "question-title",
      mounted: showModal,
      on: {
        cancel: (event) => {
          event.preventDefault();
          leave();
        },
      },
    },
    h("header", { class: "modal-head" }, h("h2", { id: "question-title" }, asked.title)),
    h("div", { class: "modal-body" }, h("p", null, asked.text)),
    h(
      "footer",
      { class: "modal-foot" },
      h("button", { type: "button", class: "button", on: { click: leave } }, asked.deny),
      h(
        "button",
        {
          type: "button",
          class: `button ${asked.danger ? "button-danger" : "button-primary"}`,
          on: { click: agree },
        },
        asked.confirm,
      ),
    ),
    overlays,
  );
}
