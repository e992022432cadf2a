// Reactions under a message and the ways to add one.

import { slack } from "./api.js";
import { emoji, isKnown, pickable, QUICK_PICKS, spoken } from "./emoji.js";
import { me, userName } from "./people.js";
import { act, change } from "./store.js";
import { h } from "./vdom.js";

/** Add the reaction, or take it back if this person has it there already. */
function toggle(channel, message, name) {
  const mine = (message.reactions ?? []).some(
    (one) => one.name === name && one.users.includes(me()),
  );
  const place = { user: me(), channel: channel.id, ts: message.ts, name };
  return act(() => slack.post(mine ? "unreact" : "react", place));
}

export function reactionBar(channel, message) {
  const given = message.reactions ?? [];
  if (!given.length) return null;
  return h(
    "div",
    { class: "reactions", key: "reactions" },
    given.map((one) => reaction(channel, message, one)),
    addButton(channel, message, "reaction reaction-add"),
  );
}

function reaction(channel, message, one) {
  const mine = one.users.includes(me());
  const names = one.users.map((id) => (id === me() ? "you" : userName(id))).join(", ");
  return h(
    "button",
    {
      type: "button",
      key: one.name,
      class: `reaction${mine ? " reaction-mine" : ""}`,
      "aria-pressed": String(mine),
      "aria-label": `${spoken(one.name)}, ${one.users.length}: ${names}`,
      title: `${names} reacted with :${one.name}:`,
      "data-reaction": one.name,
      on: { click: () => toggle(channel, message, one.name) },
    },
    h("span", { class: isKnown(one.name) ? "emoji" : "" }, emoji(one.name)),
    h("span", { class: "reaction-count" }, one.users.length),
  );
}

/** The four reactions of every day, one press each. */
export const quickPicks = (channel, message) =>
  QUICK_PICKS.map(([name, purpose]) =>
    h(
      "button",
      {
        type: "button",
        key: name,
        class: "tool emoji",
        "aria-label": `React with ${spoken(name)}`,
        title: `${purpose} :${name}:`,
        "data-quick": name,
        on: { click: () => toggle(channel, message, name) },
      },
      emoji(name),
    ),
  );

export function addButton(channel, message, className = "tool tool-react") {
  const open = (event) => {
    const anchor = event.currentTarget;
    const id = `emoji/${message.ts}`;
    change((ui) => {
      ui.popover = {
        kind: "emoji",
        id,
        anchor,
        pick: (name) => toggle(channel, message, name),
        query: "",
      };
    });
  };
  return h(
    "button",
    {
      type: "button",
      key: "add",
      class: className,
      "aria-label": "Add another reaction",
      title: "Add another reaction",
      on: { click: open },
    },
    "☺+",
  );
}

/** The picker's content, for the popover. */
export function emojiPicker(popover, close) {
  const pick = (name) => {
    close();
    popover.pick(name);
  };
  const search = (event) => {
    const query = event.currentTarget.value;
    change((ui) => {
      if (ui.popover) ui.popover.query = query;
    });
  };
  const groups = pickable(popover.query);
  const [first] = groups.flatMap(([, names]) => names);
  const enter = (event) => {
    if (event.key === "Enter" && first) pick(first);
  };
  return [
    h("input", {
      class: "field",
      type: "search",
      key: "search",
      placeholder: "Search emoji",
      "aria-label": "Search emoji",
      on: { input: search, keydown: enter },
      mounted: (node) => node.focus(),
    }),
    h(
      "div",
      { class: "emoji-groups", key: "groups" },
      groups.map(([heading, names]) => [
        h("p", { class: "popover-heading", key: `h-${heading}` }, heading),
        h(
          "div",
          { class: "emoji-grid", key: heading },
          names.map((name) =>
            h(
              "button",
              {
                type: "button",
                key: name,
                class: "emoji",
                "aria-label": spoken(name),
                title: `:${name}:`,
                on: { click: () => pick(name) },
              },
              emoji(name),
            ),
          ),
        ),
      ]),
      !first && h("p", { class: "muted", key: "none" }, "No emoji with that name."),
    ),
  ];
}
