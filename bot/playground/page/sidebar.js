// The workspace's left edge: channels and the app, with what is new for this person.

import { openApp } from "./app_pane.js";
import { go } from "./navigation.js";
import {
  avatar,
  botDm,
  channel,
  me,
  personas,
  role,
  user,
  userName,
  visibleChannels,
} from "./people.js";
import { app, change } from "./store.js";
import { messagesOf } from "./timeline.js";
import { h } from "./vdom.js";

export function sidebar() {
  const channels = visibleChannels();
  return h(
    "nav",
    { class: "sidebar", key: "sidebar", "aria-label": "Channels" },
    h(
      "div",
      { class: "workspace", key: "workspace" },
      h("strong", null, app.slack?.team?.name ?? "Playground"),
      h("span", null, "Emulated Slack"),
    ),
    h("h2", { class: "side-heading", key: "h-channels" }, "Channels"),
    h("ul", { class: "side-list", key: "channels" }, channels.map(channelItem)),
    h("h2", { class: "side-heading", key: "h-apps" }, "Apps"),
    h(
      "ul",
      { class: "side-list", key: "apps" },
      item(
        "app",
        avatar("Regulars", { isApp: true, small: true }),
        "Regulars",
        botDm() ? newIn(botDm().id) : 0,
        () => openApp(app.ui.appTab),
      ),
    ),
  );
}

function channelItem(one) {
  const mark = h(
    "span",
    { class: "side-mark", "aria-hidden": "true" },
    one.is_private ? "🔒" : "#",
  );
  return item(
    one.id,
    mark,
    one.name,
    newIn(one.id),
    () => go({ channel: one.id }),
    one.is_archived && "archived",
  );
}

function item(place, mark, name, fresh, open, note) {
  const current = app.ui.place === place;
  return h(
    "li",
    { key: place },
    h(
      "button",
      {
        type: "button",
        class: `side-item${current ? " side-current" : ""}${fresh ? " side-new" : ""}`,
        "aria-current": current ? "page" : null,
        "data-place": place,
        on: { click: open },
      },
      mark,
      h("span", { class: "side-name" }, name),
      note && h("small", null, note),
      fresh > 0 && h("span", { class: "count", "aria-label": `${fresh} new` }, fresh),
    ),
  );
}

/** How many messages of others this person has not had on screen. */
function newIn(channelId) {
  const seen = app.ui.seen[me()]?.[channelId];
  if (seen === undefined) return 0;
  return messagesOf(channelId).filter((message) => message.ts > seen && message.user !== me())
    .length;
}

/** Remember that this person has seen all of the open place, and start counting for the others. */
export function markSeen() {
  const mine = { ...app.ui.seen[me()] };
  const open = app.ui.place === "app" ? app.ui.appTab === "messages" && botDm()?.id : app.ui.place;
  for (const one of app.slack?.channels ?? []) {
    const newest = messagesOf(one.id).at(-1)?.ts ?? "0";
    if (one.id === open || mine[one.id] === undefined) mine[one.id] = newest;
  }
  app.ui.seen = { ...app.ui.seen, [me()]: mine };
}

/** Who one is: the whole page is seen with that person's eyes. */
export function personaSwitcher() {
  const person = user(me());
  return h(
    "fieldset",
    { class: "personas", key: "personas" },
    h("legend", { class: "visually-hidden" }, "You are"),
    h("span", { class: "personas-label", "aria-hidden": "true" }, "You are"),
    personas().map((one) =>
      h(
        "label",
        {
          key: one.id,
          class: `persona${one.id === me() ? " persona-current" : ""}`,
          title: `${one.real_name} · ${role(one)}`,
        },
        h("input", {
          type: "radio",
          name: "persona",
          class: "visually-hidden",
          value: one.id,
          checked: one.id === me(),
          on: { change: () => become(one.id) },
        }),
        avatar(one.real_name, { small: true }),
        h("span", { class: "visually-hidden" }, `${one.real_name}, ${role(one)}`),
      ),
    ),
    person &&
      h(
        "span",
        { class: "persona-name", "aria-hidden": "true" },
        h("strong", null, person.real_name),
        h("small", null, role(person)),
      ),
  );
}

let switched = () => {};

/** Run `listener` when somebody else looks at the page from now on. */
export const onPersona = (listener) => {
  switched = listener;
};

function become(id) {
  change((ui) => {
    ui.viewer = id;
    ui.thread = null;
    ui.editing = null;
    ui.popover = null;
  });
  switched();
}

/** After a switch the open channel may be one that this person is not in. */
export function stayVisible() {
  if (app.ui.place === "app" || visibleChannels().some((one) => one.id === app.ui.place)) return;
  app.ui.place = visibleChannels()[0]?.id ?? "app";
  app.ui.thread = null;
}
