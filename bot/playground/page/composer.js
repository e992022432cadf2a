// Writing: messages, replies, slash commands and files.

import { slack } from "./api.js";
import { readableSize, readFile } from "./files.js";
import { me } from "./people.js";
import { act, app, change, notify } from "./store.js";
import { suggestionList, suggestionsFor } from "./suggestions.js";
import { h } from "./vdom.js";

// One draft for each place of each person: {text, files, offers, active}.
const drafts = new Map();

const draftOf = (id) => {
  if (!drafts.has(id)) drafts.set(id, { files: [], offers: [], active: 0 });
  return drafts.get(id);
};

/** `place` is {channel, thread_ts?, label}. */
export function composer(place) {
  const id = `${me()}/${place.channel.id}/${place.thread_ts ?? ""}`;
  const draft = draftOf(id);
  const listId = `offers-${place.thread_ts ? "thread" : "channel"}`;
  const context = { place, draft, inThread: Boolean(place.thread_ts) };
  return h(
    "form",
    { class: "composer", key: `composer-${id}`, on: { submit: (event) => submit(event, context) } },
    suggestionList(listId, draft.offers, draft.active, (offer) => choose(context, offer)),
    draft.files.length > 0 &&
      h(
        "ul",
        { class: "picked-files", key: "files" },
        draft.files.map((file) => pickedFile(draft, file)),
      ),
    h("textarea", {
      key: "text",
      name: "text",
      rows: 1,
      placeholder: place.label,
      "aria-label": place.label,
      role: "combobox",
      "aria-expanded": String(draft.offers.length > 0),
      "aria-controls": listId,
      "aria-autocomplete": "list",
      "aria-activedescendant": draft.offers.length ? `${listId}-${draft.active}` : null,
      initial: { value: draft.text ?? "" },
      mounted: (node) => {
        draft.node = node;
        grow(node);
      },
      on: {
        input: (event) => typed(event.currentTarget, context),
        keydown: (event) => keys(event, context),
        blur: () => offer(draft, []),
      },
    }),
    h(
      "div",
      { class: "composer-tools", key: "tools" },
      attachButton(draft),
      globalShortcuts(context),
      h(
        "span",
        { class: "composer-hint muted" },
        context.inThread ? "" : "Type / for commands, @ for people",
      ),
      h(
        "button",
        { type: "submit", class: "button button-primary button-send", "aria-label": "Send" },
        "Send",
      ),
    ),
  );
}

function offer(draft, offers) {
  if (!offers.length && !draft.offers.length) return;
  change(() => {
    draft.offers = offers;
    draft.active = 0;
  });
}

function typed(node, { draft, inThread }) {
  draft.text = node.value;
  grow(node);
  offer(draft, suggestionsFor(node.value.slice(0, node.selectionStart), { inThread }));
}

function grow(node) {
  node.style.height = "auto";
  node.style.height = `${Math.min(node.scrollHeight, 180)}px`;
}

function write(draft, text) {
  draft.text = text;
  draft.node.value = text;
  grow(draft.node);
}

function choose({ draft }, chosen) {
  const caret = draft.node.selectionStart;
  const text = draft.node.value;
  write(draft, text.slice(0, chosen.from) + chosen.insert + text.slice(caret));
  const after = chosen.from + chosen.insert.length;
  draft.node.focus();
  draft.node.setSelectionRange(after, after);
  offer(draft, []);
}

function keys(event, context) {
  const { draft } = context;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (draft.offers.length && step) {
    event.preventDefault();
    change(() => {
      draft.active = (draft.active + step + draft.offers.length) % draft.offers.length;
    });
  } else if (draft.offers.length && (event.key === "Tab" || event.key === "Enter")) {
    event.preventDefault();
    choose(context, draft.offers[draft.active]);
  } else if (draft.offers.length && event.key === "Escape") {
    offer(draft, []);
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    event.currentTarget.form.requestSubmit();
  }
}

async function submit(event, { place, draft, inThread }) {
  event.preventDefault();
  const text = (draft.node.value ?? "").trim();
  if ((!text && !draft.files.length) || draft.isSending) return;
  const command = text.match(/^(\/\S+)\s*([\s\S]*)$/);
  if (command && inThread) {
    notify(`${command[1]} is not available in threads, as in Slack. Use it in the channel.`);
    return;
  }
  if (command && !app.slack.commands.some((one) => one.command === command[1])) {
    notify(`${command[1]} is not a valid command. Type / to see the ones there are.`);
    return;
  }
  const picked = draft.files;
  // The field empties at once, as in Slack; what could not be sent comes back.
  draft.isSending = true;
  write(draft, "");
  change(() => {
    draft.files = [];
  });
  const sent = await act(() => send(place, text, command, picked));
  draft.isSending = false;
  if (!sent && !draft.text) {
    write(draft, text);
    change(() => {
      draft.files = picked;
    });
  }
}

async function send(place, text, command, picked) {
  const where = { user: me(), channel: place.channel.id };
  if (command) {
    change((ui) => {
      ui.tried[command[1]] = true;
    });
    return slack.post("command", { ...where, command: command[1], text: command[2] });
  }
  const message = { ...where, text };
  if (place.thread_ts) message.thread_ts = place.thread_ts;
  if (picked.length) message.files = await Promise.all(picked.map(readFile));
  return slack.post("messages", message);
}

function attachButton(draft) {
  const picked = (event) => {
    const files = [...event.currentTarget.files];
    event.currentTarget.value = "";
    change(() => draft.files.push(...files));
    draft.node.focus();
  };
  return h(
    "label",
    { class: "tool tool-attach", title: "Attach files", key: "attach" },
    h("span", { "aria-hidden": "true" }, "📎"),
    h("input", {
      type: "file",
      multiple: true,
      class: "visually-hidden",
      "aria-label": "Attach files",
      on: { change: picked },
    }),
  );
}

function pickedFile(draft, file) {
  const remove = () =>
    change(() => {
      draft.files = draft.files.filter((one) => one !== file);
    });
  return h(
    "li",
    { key: `${file.name}-${file.size}` },
    `${file.name} · ${readableSize(file.size)}`,
    h(
      "button",
      { type: "button", class: "tool", "aria-label": `Remove ${file.name}`, on: { click: remove } },
      "✕",
    ),
  );
}

function globalShortcuts({ inThread }) {
  const shortcuts = (app.slack?.shortcuts ?? []).filter((one) => one.type === "global");
  if (!shortcuts.length || inThread) return null;
  const items = shortcuts.map((one) => ({
    label: one.name,
    hint: one.description,
    run: () => act(() => slack.post("shortcut", { user: me(), callback_id: one.callback_id })),
  }));
  const open = (event) => {
    const anchor = event.currentTarget;
    change((ui) => {
      ui.popover = { kind: "menu", id: "shortcuts", anchor, label: "Shortcuts", items };
    });
  };
  return h(
    "button",
    {
      type: "button",
      class: "tool",
      key: "shortcuts",
      "aria-haspopup": "menu",
      "aria-label": "Shortcuts",
      title: "Shortcuts",
      on: { click: open },
    },
    "⚡",
  );
}

/** Put `text` into the open channel's composer, for the guide. */
export function prefill(text) {
  const node = document.querySelector(".chat .composer textarea");
  if (!node) return;
  node.value = text;
  node.dispatchEvent(new Event("input", { bubbles: true }));
  node.focus();
}
