// One message: author, text or blocks, files, reactions, and what one can do with it.

import { slack } from "./api.js";
import { blocks } from "./blocks.js";
import { clockTime, fullTime } from "./clock.js";
import { files } from "./files.js";
import { mrkdwn, toTyped } from "./mrkdwn.js";
import { author, avatar, me } from "./people.js";
import { addButton, quickPicks, reactionBar } from "./reactions.js";
import { act, app, change } from "./store.js";
import { h } from "./vdom.js";

const GROUP_SECONDS = 300;

export const isEphemeral = (message) => Boolean(message.ephemeral);
const isGone = (message) => message.deleted;
const isJoin = (message) => message.subtype === "channel_join";

/** Whether `message` goes under `before` without a new head. */
export function continues(before, message) {
  return (
    before !== undefined &&
    !isGone(before) &&
    !isJoin(before) &&
    author(before).id === author(message).id &&
    isEphemeral(before) === isEphemeral(message) &&
    Number(message.ts) - Number(before.ts) < GROUP_SECONDS
  );
}

/** `options` are {isReply, isCompact, footer}. */
export function messageItem(channel, message, options = {}) {
  const key = `${options.isReply ? "reply" : "root"}-${message.ts}${isEphemeral(message) ? "-e" : ""}`;
  if (isGone(message)) {
    return h(
      "li",
      { class: "message message-gone", key },
      h("span", { class: "avatar avatar-gone", "aria-hidden": "true" }, "🗑"),
      h(
        "div",
        { class: "message-main" },
        h("p", { class: "muted" }, "This message was deleted."),
        options.footer,
      ),
    );
  }
  if (isJoin(message)) {
    return h(
      "li",
      { class: "message message-event muted", key },
      h(
        "div",
        { class: "message-main" },
        author(message).name,
        " ",
        mrkdwn(message.text.replace(/^<@\w+(\|[^>]*)?>\s*/, "")),
      ),
    );
  }
  const who = author(message);
  const compact = options.isCompact && !isEphemeral(message);
  return h(
    "li",
    {
      class: `message${compact ? " message-compact" : ""}${isEphemeral(message) ? " message-ephemeral" : ""}`,
      key,
      tabindex: "-1",
      "data-message": `${channel.id}/${message.ts}`,
      "data-author": who.name,
    },
    compact
      ? h(
          "time",
          { class: "message-side-time", title: fullTime(message.ts), key: "side" },
          clockTime(message.ts),
        )
      : avatar(who.name, who),
    h(
      "div",
      { class: "message-main", key: "main" },
      isEphemeral(message) && onlyYou(message),
      !compact && head(message, who),
      editing(channel, message) ? editor(channel, message) : body(channel, message),
      files(message),
      reactionBar(channel, message),
      options.footer,
    ),
    !isEphemeral(message) && toolbar(channel, message, options.isReply),
  );
}

const head = (message, who) =>
  h(
    "div",
    { class: "message-head", key: "head" },
    h("strong", null, who.name),
    who.isApp && h("span", { class: "badge-app" }, "APP"),
    h("time", { class: "muted", title: fullTime(message.ts) }, clockTime(message.ts)),
  );

function onlyYou(message) {
  const dismiss = () => change((ui) => ui.dismissed.push(message.ts));
  return h(
    "p",
    { class: "only-you", key: "only-you" },
    "👁 Only visible to you",
    h("button", { type: "button", class: "link-button", on: { click: dismiss } }, "Dismiss"),
  );
}

function body(channel, message) {
  const scope = {
    id: message.ts,
    form: false,
    press: (element, block, value) =>
      act(() =>
        slack.post("click", {
          user: me(),
          channel: channel.id,
          ts: message.ts,
          action_id: element.action_id,
          block_id: block.block_id,
          value,
        }),
      ),
  };
  const drawn = message.blocks?.length ? blocks(message.blocks, scope) : mrkdwn(message.text ?? "");
  const edited = message.edited && !author(message).isApp;
  return h(
    "div",
    { class: "message-body", key: "body" },
    drawn,
    edited && h("span", { class: "muted edited" }, " (edited)"),
    (message.attachments ?? []).map(preview),
  );
}

const preview = (one) =>
  h(
    "div",
    { class: "preview" },
    one.title && h("strong", null, one.title),
    one.blocks
      ? blocks(one.blocks, { id: "preview", press: () => {} })
      : h("p", null, one.text ?? one.fallback ?? ""),
  );

const editKey = (channel, message) => `${channel.id}/${message.ts}`;
const editing = (channel, message) => app.ui.editing === editKey(channel, message);

function editor(channel, message) {
  const stop = () =>
    change((ui) => {
      ui.editing = null;
    });
  const save = async (event) => {
    event.preventDefault();
    const text = event.currentTarget.elements.text.value.trim();
    const place = { user: me(), channel: channel.id, ts: message.ts };
    if (text && (await act(() => slack.post("edit", { ...place, text })))) stop();
  };
  const keys = (event) => {
    if (event.key === "Escape") stop();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      event.currentTarget.form.requestSubmit();
    }
  };
  return h(
    "form",
    { class: "editor", key: "editor", on: { submit: save } },
    h("textarea", {
      name: "text",
      class: "field",
      rows: 3,
      "aria-label": "Edit message",
      initial: { value: toTyped(message.text) },
      mounted: (node) => node.focus(),
      on: { keydown: keys },
    }),
    h(
      "div",
      { class: "row-end" },
      h("button", { type: "button", class: "button", on: { click: stop } }, "Cancel"),
      h("button", { type: "submit", class: "button button-primary" }, "Save"),
    ),
  );
}

const openThread = (channel, message) =>
  change((ui) => {
    ui.thread = { channel: channel.id, ts: message.thread_ts ?? message.ts };
  });

function toolbar(channel, message, isReply) {
  if (channel.is_archived) return null;
  const reply = () => openThread(channel, message);
  return h(
    "div",
    { class: "toolbar", role: "group", "aria-label": "Message actions", key: "toolbar" },
    quickPicks(channel, message),
    addButton(channel, message),
    !isReply &&
      h(
        "button",
        {
          type: "button",
          key: "reply",
          class: "tool",
          "aria-label": "Reply in thread",
          title: "Reply in thread",
          on: { click: reply },
        },
        "💬",
      ),
    h(
      "button",
      {
        type: "button",
        key: "more",
        class: "tool",
        "aria-haspopup": "menu",
        "aria-label": "More message actions",
        title: "More actions",
        on: { click: (event) => openMenu(event, channel, message, isReply) },
      },
      "⋯",
    ),
  );
}

function openMenu(event, channel, message, isReply) {
  const anchor = event.currentTarget;
  const place = { user: me(), channel: channel.id, ts: message.ts };
  const shortcuts = (app.slack.shortcuts ?? [])
    .filter((one) => one.type === "message")
    .map((one) => ({
      label: one.name,
      hint: one.description,
      run: () => act(() => slack.post("shortcut", { ...place, callback_id: one.callback_id })),
    }));
  const mine = message.user === me() && !message.bot;
  const items = [
    ...(shortcuts.length ? [{ heading: "Regulars" }, ...shortcuts] : []),
    { heading: "Message" },
    ...(isReply ? [] : [{ label: "Reply in thread", run: () => openThread(channel, message) }]),
    ...(mine ? ownItems(channel, message, place) : []),
    ...(/https?:/.test(message.text ?? "")
      ? [
          {
            label: "Load link preview",
            hint: "Slack reports it as an edit",
            run: () => act(() => slack.post("unfurl", place)),
          },
        ]
      : []),
    {
      label: "Copy text",
      run: () => act(() => navigator.clipboard.writeText(toTyped(message.text ?? ""))),
    },
  ];
  change((ui) => {
    ui.popover = {
      kind: "menu",
      id: `menu/${message.ts}`,
      anchor,
      label: "Message actions",
      items,
    };
  });
}

const ownItems = (channel, message, place) => [
  {
    label: "Edit message",
    run: () =>
      change((ui) => {
        ui.editing = editKey(channel, message);
      }),
  },
  {
    label: "Delete message…",
    danger: true,
    run: () =>
      change((ui) => {
        ui.dialog = {
          title: "Delete message",
          text: "This message will be gone for everyone. This cannot be undone.",
          confirm: "Delete",
          deny: "Cancel",
          danger: true,
          run: () => act(() => slack.post("delete", place)),
        };
      }),
  },
];
