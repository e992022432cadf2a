// The middle: a channel with its messages, or the bot's own page.

import { slack } from "./api.js";
import { appPane } from "./app_pane.js";
import { BOT_USER, me, userName, visibleChannels } from "./people.js";
import { act, app, change } from "./store.js";
import { foot, messageList, rootsOf } from "./timeline.js";
import { h } from "./vdom.js";

export function chat() {
  if (app.ui.place === "app") return appPane();
  const open = visibleChannels().find((one) => one.id === app.ui.place);
  if (!open) {
    return h(
      "section",
      { class: "pane chat", key: "chat", "aria-label": "Channel" },
      h("div", { class: "empty" }, h("p", null, `${userName(me())} is not in that channel.`)),
    );
  }
  return h(
    "section",
    { class: "pane chat", key: "chat", "aria-label": `Channel ${open.name}` },
    channelHead(open),
    messageList(open, rootsOf(open.id), `chat-${open.id}-${me()}`),
    foot(open),
  );
}

function channelHead(open) {
  const people = open.members.filter((id) => id !== BOT_USER).length;
  const setBot = (inside) =>
    act(() => slack.post("member", { channel: open.id, user: BOT_USER, in: inside, by: me() }));
  return h(
    "header",
    { class: "pane-head", key: "head" },
    h(
      "div",
      { class: "pane-title" },
      h("h2", null, `${open.is_private ? "🔒" : "#"} ${open.name}`),
      h(
        "p",
        { class: "muted" },
        `${people} people${open.is_shared ? " · shared with another company" : ""}`,
      ),
    ),
    !open.is_archived &&
      !open.members.includes(BOT_USER) &&
      h(
        "button",
        {
          type: "button",
          class: "button button-small button-primary",
          on: { click: () => setBot(true) },
        },
        "Invite Regulars",
      ),
    h(
      "button",
      {
        type: "button",
        class: "tool",
        "aria-haspopup": "menu",
        "aria-label": "Channel actions",
        title: "Channel actions",
        on: { click: (event) => channelMenu(event, open, setBot) },
      },
      "⋯",
    ),
  );
}

function channelMenu(event, open, setBot) {
  const anchor = event.currentTarget;
  const setArchived = (archived) =>
    act(() => slack.post("archive", { channel: open.id, user: me(), archived }));
  const setMe = (inside) =>
    act(() => slack.post("member", { channel: open.id, user: me(), in: inside, by: me() }));
  const items = open.is_archived
    ? [{ label: "Unarchive channel", run: () => setArchived(false) }]
    : [
        open.members.includes(BOT_USER) && {
          label: "Remove Regulars",
          hint: "Slack then tells the bot nothing of this channel",
          run: () => setBot(false),
        },
        open.members.includes(me()) && { label: "Leave channel", run: () => setMe(false) },
        { label: "Archive channel", danger: true, run: () => setArchived(true) },
      ].filter(Boolean);
  change((ui) => {
    ui.popover = {
      kind: "menu",
      id: `channel/${open.id}`,
      anchor,
      label: "Channel actions",
      items,
    };
  });
}
