// Starts the page: fetches both states, listens for changes and draws everything.

import { gorgias, marketing, setGorgias, setMarketing, slack } from "./api.js";
import { announce } from "./announcer.js";
import { chat } from "./chat.js";
import { learnEmoji } from "./emoji.js";
import { banners, faultButton, faultPanel, loadFaults } from "./faults.js";
import { guide, guideButton } from "./guide.js";
import { inbox } from "./inbox.js";
import { dialogs, returnFocus } from "./modal.js";
import { me } from "./people.js";
import { popover, watchPopover } from "./popover.js";
import { markSeen, onPersona, personaSwitcher, sidebar, stayVisible } from "./sidebar.js";
import { stickToEnds, watchEnds } from "./sticky.js";
import { app, change, dismissNotice, onChange } from "./store.js";
import { threadPane } from "./thread.js";
import { h, render } from "./vdom.js";

const root = document.getElementById("app");

function draw() {
  if (!app.slack) return;
  stayVisible();
  if (!document.hidden) markSeen();
  render(root, page());
  stickToEnds();
  returnFocus();
  document.title = app.slack.team?.name ?? "Regulars Playground";
}

const page = () => [
  topBar(),
  banners(),
  h(
    "main",
    { class: `panes${app.ui.thread ? " with-thread" : ""} show-${app.ui.pane}`, key: "panes" },
    h("div", { class: "side", key: "side" }, sidebar(), guide()),
    chat(),
    threadPane(),
    inbox(),
  ),
  paneTabs(),
  faultPanel(),
  dialogs([popover(), notices()]),
];

function topBar() {
  return h(
    "header",
    { class: "top", key: "top" },
    h(
      "h1",
      { class: "brand" },
      h("span", { class: "brand-mark", "aria-hidden": "true" }, "R"),
      h("span", { class: "top-label" }, "Regulars Playground"),
    ),
    personaSwitcher(),
    botState(),
    guideButton(),
    faultButton(),
  );
}

function botState() {
  const connections = app.slack.connections;
  if (connections === undefined) return null;
  const isOn = connections > 0;
  return h(
    "p",
    {
      class: `bot-state ${isOn ? "bot-on" : "bot-off"}`,
      key: "bot",
      role: "status",
      title: isOn
        ? `${connections} connection${connections === 1 ? "" : "s"} from the bot`
        : "Nobody answers until the bot is connected",
    },
    h("span", { class: "dot", "aria-hidden": "true" }),
    h("span", { class: "bot-label" }, isOn ? "Bot connected" : "Bot is not connected"),
  );
}

/** On a narrow screen one pane at a time. */
function paneTabs() {
  const tab = (name, label, icon) =>
    h(
      "button",
      {
        type: "button",
        key: name,
        "aria-current": app.ui.pane === name ? "page" : null,
        on: {
          click: () =>
            change((ui) => {
              ui.pane = name;
            }),
        },
      },
      h("span", { class: "emoji", "aria-hidden": "true" }, icon),
      label,
    );
  return h(
    "nav",
    { class: "pane-tabs", key: "pane-tabs", "aria-label": "Panes" },
    tab("channels", "Channels", "☰"),
    tab("chat", "Slack", "💬"),
    tab("helpdesk", "Helpdesk", "🎫"),
  );
}

const notices = () =>
  h(
    "div",
    { class: "notices", key: "notices", role: "alert" },
    app.ui.notices.map((notice) =>
      h(
        "p",
        { class: `notice notice-${notice.kind}`, key: notice.id },
        notice.text,
        h(
          "button",
          {
            type: "button",
            class: "tool",
            "aria-label": "Dismiss",
            on: { click: () => dismissNotice(notice.id) },
          },
          "✕",
        ),
      ),
    ),
  );

/** Fetch with `load`, never twice at once, and once more if something changed meanwhile. */
function refresher(load) {
  let running = false;
  let again = false;
  return async function refresh() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      await load();
    } while (again);
    running = false;
  };
}

const refreshSlack = refresher(async () => {
  try {
    const viewer = me();
    const state = await slack.get(`state?viewer=${encodeURIComponent(viewer)}`);
    if (viewer !== me()) return refreshSlack();
    announce(app.slack, state, viewer);
    change((ui, all) => {
      all.slack = state;
      all.lost.slack = false;
    });
  } catch {
    change((ui, all) => {
      all.lost.slack = true;
    });
  }
  return undefined;
});

const refreshGorgias = refresher(async () => {
  try {
    const state = await gorgias.get("state");
    change((ui, all) => {
      all.gorgias = state;
      all.lost.gorgias = false;
    });
  } catch {
    change((ui, all) => {
      all.lost.gorgias = true;
    });
  }
});

const refreshMarketing = refresher(async () => {
  const state = await marketing.get("state").catch(() => null);
  change((ui, all) => {
    all.marketing = state ?? all.marketing;
  });
});

const refreshFaults = refresher(loadFaults);

let endSlackStream = () => {};

function listenToSlack() {
  endSlackStream();
  endSlackStream = slack.stream(`?viewer=${encodeURIComponent(me())}`, (news) => {
    if (news === "lost")
      change((ui, all) => {
        all.lost.slack = true;
      });
    refreshSlack();
    refreshFaults();
  });
  refreshSlack();
}

async function start() {
  onChange(draw);
  watchPopover();
  watchEnds();
  onPersona(listenToSlack);
  document.addEventListener("visibilitychange", () => change());
  try {
    const [config, { emoji }] = await Promise.all([slack.get("config"), slack.get("emoji")]);
    learnEmoji(emoji);
    change((ui, all) => {
      all.config = config;
    });
    setGorgias(config.gorgias);
    setMarketing(config.marketing ?? "");
  } catch (error) {
    document.getElementById("loading").textContent = error.message;
    setTimeout(start, 2000);
    return;
  }
  listenToSlack();
  gorgias.stream((news) => {
    if (news === "lost")
      change((ui, all) => {
        all.lost.gorgias = true;
      });
    refreshGorgias();
    refreshFaults();
  });
  if (app.config.marketing)
    marketing.stream(() => {
      refreshMarketing();
      refreshFaults();
    });
}

start();
