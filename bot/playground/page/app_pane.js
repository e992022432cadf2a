// The bot's own page in Slack: its Home tab and its direct messages.

import { slack } from "./api.js";
import { blocks } from "./blocks.js";
import { BOT_USER, botDm, me, user } from "./people.js";
import { act, app, change } from "./store.js";
import { foot, messageList, rootsOf } from "./timeline.js";
import { h } from "./vdom.js";

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

export function appPane() {
  const tab = (name, label) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        key: name,
        id: `tab-${name}`,
        "aria-selected": String(app.ui.appTab === name),
        "aria-controls": "app-panel",
        class: "tab",
        on: { click: () => openApp(name) },
      },
      label,
    );
  return h(
    "section",
    { class: "pane chat", key: "app", "aria-label": "Regulars app" },
    h(
      "header",
      { class: "pane-head", key: "head" },
      h(
        "div",
        { class: "pane-title" },
        h("h2", null, user(BOT_USER)?.real_name ?? "Regulars"),
        h("p", { class: "muted" }, "App"),
      ),
    ),
    h(
      "div",
      { class: "tabs", role: "tablist", key: "tabs" },
      tab("home", "Home"),
      tab("messages", "Messages"),
    ),
    app.ui.appTab === "home" ? homePanel() : directMessages(),
  );
}

function homePanel() {
  const home = app.slack?.home;
  const panel = {
    class: "home",
    key: "home-panel",
    role: "tabpanel",
    id: "app-panel",
    "aria-labelledby": "tab-home",
    tabindex: "0",
  };
  if (!home) {
    return h(
      "div",
      panel,
      h(
        "div",
        { class: "empty" },
        h("p", null, "This app has not set up its Home yet."),
        h("p", { class: "muted" }, "A connected bot that publishes a Home shows it here."),
      ),
    );
  }
  const scope = {
    id: home.id,
    form: false,
    press: (element, block, value) =>
      act(() =>
        slack.post("view/click", {
          user: me(),
          view_id: home.id,
          action_id: element.action_id,
          block_id: block.block_id,
          value,
        }),
      ),
  };
  return h("div", panel, h("div", { class: "home-blocks" }, blocks(home.blocks, scope)));
}

function directMessages() {
  const open = botDm();
  if (!open) {
    return h(
      "div",
      { class: "empty", key: "dm-none", role: "tabpanel", id: "app-panel" },
      h("p", null, "No messages with Regulars yet."),
      h("p", { class: "muted" }, "The conversation appears when the bot first writes to you."),
    );
  }
  return h(
    "div",
    {
      class: "dm",
      key: "dm",
      role: "tabpanel",
      id: "app-panel",
      "aria-labelledby": "tab-messages",
    },
    messageList(open, rootsOf(open.id), `chat-${open.id}`),
    foot(open),
  );
}
