// The middle: a channel's messages, a thread beside it, or the app with Home and Messages.

import { slack } from "./api.js";
import { blocks } from "./blocks.js";
import { composer } from "./composer.js";
import { clockTime, dateOf, dayName } from "./clock.js";
import { continues, isEphemeral, messageItem } from "./messages.js";
import { avatar, author, botDm, BOT_USER, channel, me, user, userName, visibleChannels } from "./people.js";
import { act, app, change } from "./store.js";
import { h } from "./vdom.js";

const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;

/** All that the viewer sees in a channel, oldest first. */
export const messagesOf = (channelId) =>
  (app.slack?.messages?.[channelId] ?? []).filter((message) => !app.ui.dismissed.includes(message.ts));

export const repliesTo = (channelId, ts) =>
  messagesOf(channelId).filter((message) => message.thread_ts === ts && message.ts !== ts);

export function chat() {
  if (app.ui.place === "app") return appPane();
  const open = visibleChannels().find((one) => one.id === app.ui.place);
  if (!open) {
    return h("section", { class: "pane chat", key: "chat", "aria-label": "Channel" },
      h("div", { class: "empty" }, h("p", null, `${userName(me())} is not in that channel.`)));
  }
  return h(
    "section",
    { class: "pane chat", key: "chat", "aria-label": `Channel ${open.name}` },
    channelHead(open),
    messageList(open, messagesOf(open.id).filter((message) => !isReply(message)), `chat-${open.id}-${me()}`),
    foot(open),
  );
}

function foot(open) {
  if (open.is_archived) return h("p", { class: "composer-closed muted", key: "closed" }, "This channel is archived.");
  if (!open.is_im && !open.members.includes(me())) {
    const join = () => act(() => slack.post("member", { channel: open.id, user: me(), in: true }));
    return h("p", { class: "composer-closed", key: "join" }, `You are not in #${open.name}. `,
      h("button", { type: "button", class: "button", on: { click: join } }, "Join"));
  }
  const label = open.is_im ? "Message Regulars" : `Message #${open.name}`;
  return composer({ channel: open, label });
}

function channelHead(open) {
  const people = open.members.filter((id) => id !== BOT_USER).length;
  const setBot = (inside) => act(() => slack.post("member", { channel: open.id, user: BOT_USER, in: inside, by: me() }));
  return h(
    "header",
    { class: "pane-head", key: "head" },
    h("div", { class: "pane-title" },
      h("h2", null, `${open.is_private ? "🔒" : "#"} ${open.name}`),
      h("p", { class: "muted" }, `${people} people${open.is_shared ? " · shared with another company" : ""}`)),
    !open.is_archived && !open.members.includes(BOT_USER) &&
      h("button", { type: "button", class: "button button-small button-primary", on: { click: () => setBot(true) } }, "Invite Regulars"),
    h("button", { type: "button", class: "tool", "aria-haspopup": "menu", "aria-label": "Channel actions", title: "Channel actions", on: { click: (event) => channelMenu(event, open, setBot) } }, "⋯"),
  );
}

function channelMenu(event, open, setBot) {
  const anchor = event.currentTarget;
  const setArchived = (archived) => act(() => slack.post("archive", { channel: open.id, user: me(), archived }));
  const setMe = (inside) => act(() => slack.post("member", { channel: open.id, user: me(), in: inside, by: me() }));
  const items = open.is_archived
    ? [{ label: "Unarchive channel", run: () => setArchived(false) }]
    : [
        open.members.includes(BOT_USER) && { label: "Remove Regulars", hint: "Slack then tells the bot nothing of this channel", run: () => setBot(false) },
        open.members.includes(me()) && { label: "Leave channel", run: () => setMe(false) },
        { label: "Archive channel", danger: true, run: () => setArchived(true) },
      ].filter(Boolean);
  change((ui) => {
    ui.popover = { kind: "menu", id: `channel/${open.id}`, anchor, label: "Channel actions", items };
  });
}

function messageList(open, messages, key) {
  let day = "";
  let before;
  const items = messages.flatMap((message) => {
    const name = dayName(dateOf(message.ts));
    const isNewDay = name !== day;
    const item = messageItem(open, message, {
      isCompact: !isNewDay && continues(before, message),
      footer: threadFooter(open, message),
    });
    day = name;
    before = message;
    return isNewDay ? [h("li", { class: "day", key: `day-${name}` }, h("span", null, name)), item] : [item];
  });
  return h(
    "div",
    { class: "messages", key, "data-sticky": "chat", tabindex: "0", role: "region", "aria-label": "Messages" },
    items.length
      ? h("ol", { class: "message-list" }, items)
      : h("div", { class: "empty" }, h("p", null, "Nothing here yet."), h("p", { class: "muted" }, "Write the first message below.")),
  );
}

function threadFooter(open, message) {
  const replies = repliesTo(open.id, message.ts);
  const visible = replies.filter((one) => !isEphemeral(one));
  if (!replies.length) return null;
  const latest = replies.at(-1);
  const faces = [...new Map(replies.map((one) => [author(one).id, author(one)])).values()].slice(0, 4);
  const show = () => change((ui) => { ui.thread = { channel: open.id, ts: message.ts }; });
  const count = visible.length || replies.length;
  return h(
    "button",
    { type: "button", class: "thread-link", key: "thread", on: { click: show } },
    faces.map((who) => avatar(who.name, { ...who, small: true })),
    h("strong", null, count === 1 ? "1 reply" : `${count} replies`),
    h("span", { class: "muted" }, `Last at ${clockTime(latest.ts)}`),
  );
}

export function threadPane() {
  const open = app.ui.thread && channel(app.ui.thread.channel);
  if (!open) return null;
  const root = messagesOf(open.id).find((message) => message.ts === app.ui.thread.ts);
  const replies = repliesTo(open.id, app.ui.thread.ts);
  const close = () => change((ui) => { ui.thread = null; });
  const rootItem = root
    ? messageItem(open, root, { isReply: true })
    : h("li", { class: "message message-gone muted", key: "gone" }, "The first message is gone.");
  return h(
    "aside",
    { class: "pane thread", key: "thread", "aria-label": "Thread" },
    h(
      "header",
      { class: "pane-head", key: "head" },
      h("div", { class: "pane-title" }, h("h2", null, "Thread"), h("p", { class: "muted" }, open.is_im ? "Regulars" : `#${open.name}`)),
      h("button", { type: "button", class: "tool", "aria-label": "Close thread", on: { click: close } }, "✕"),
    ),
    h(
      "div",
      { class: "messages", key: `thread-${app.ui.thread.ts}`, "data-sticky": "chat", tabindex: "0", role: "region", "aria-label": "Replies" },
      h(
        "ol",
        { class: "message-list" },
        rootItem,
        replies.length > 0 && h("li", { class: "day", key: "count" }, h("span", null, replies.length === 1 ? "1 reply" : `${replies.length} replies`)),
        replies.map((reply, index) => messageItem(open, reply, { isReply: true, isCompact: continues(replies[index - 1], reply) })),
      ),
    ),
    composer({ channel: open, thread_ts: app.ui.thread.ts, label: "Reply in thread" }),
  );
}

/** Open the bot's page; Slack tells the bot each time somebody looks at Home. */
export function openApp(tab) {
  change((ui) => {
    ui.place = "app";
    ui.appTab = tab;
    ui.pane = "chat";
    ui.thread = null;
  });
  if (tab === "home" || !botDm()) return act(() => slack.post("home", { user: me() }));
  return null;
}

function appPane() {
  const tab = (name, label) =>
    h("button", { type: "button", role: "tab", key: name, id: `tab-${name}`, "aria-selected": String(app.ui.appTab === name), "aria-controls": "app-panel", class: "tab", on: { click: () => openApp(name) } }, label);
  return h(
    "section",
    { class: "pane chat", key: "app", "aria-label": "Regulars app" },
    h(
      "header",
      { class: "pane-head", key: "head" },
      h("div", { class: "pane-title" }, h("h2", null, user(BOT_USER)?.real_name ?? "Regulars"), h("p", { class: "muted" }, "App")),
    ),
    h("div", { class: "tabs", role: "tablist", key: "tabs" }, tab("home", "Home"), tab("messages", "Messages")),
    app.ui.appTab === "home" ? homePanel() : directMessages(),
  );
}

function homePanel() {
  const home = app.slack?.home;
  const panel = { class: "home", key: "home-panel", role: "tabpanel", id: "app-panel", "aria-labelledby": "tab-home", tabindex: "0" };
  if (!home) {
    return h("div", panel, h("div", { class: "empty" },
      h("p", null, "This app has not set up its Home yet."),
      h("p", { class: "muted" }, "A connected bot that publishes a Home shows it here.")));
  }
  const scope = {
    id: home.id,
    form: false,
    press: (element, block, value) =>
      act(() => slack.post("view/click", { user: me(), view_id: home.id, action_id: element.action_id, block_id: block.block_id, value })),
  };
  return h("div", panel, h("div", { class: "home-blocks" }, blocks(home.blocks, scope)));
}

function directMessages() {
  const open = botDm();
  if (!open) {
    return h("div", { class: "empty", key: "dm-none", role: "tabpanel", id: "app-panel" },
      h("p", null, "No messages with Regulars yet."),
      h("p", { class: "muted" }, "The conversation appears when the bot first writes to you."));
  }
  return h(
    "div",
    { class: "dm", key: "dm", role: "tabpanel", id: "app-panel", "aria-labelledby": "tab-messages" },
    messageList(open, messagesOf(open.id).filter((message) => !isReply(message)), `chat-${open.id}`),
    foot(open),
  );
}
