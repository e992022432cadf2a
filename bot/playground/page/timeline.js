// A channel's or conversation's messages in order, and the place to write below them.

import { slack } from "./api.js";
import { clockTime, dateOf, dayName } from "./clock.js";
import { composer } from "./composer.js";
import { continues, isEphemeral, messageItem } from "./messages.js";
import { author, avatar, me } from "./people.js";
import { act, app, change } from "./store.js";
import { h } from "./vdom.js";

const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;

/** All that the viewer sees in a channel, oldest first. */
export const messagesOf = (channelId) =>
  (app.slack?.messages?.[channelId] ?? []).filter(
    (message) => !app.ui.dismissed.includes(message.ts),
  );

export const repliesTo = (channelId, ts) =>
  messagesOf(channelId).filter((message) => message.thread_ts === ts && message.ts !== ts);

/** The messages that are not in a thread. */
export const rootsOf = (channelId) => messagesOf(channelId).filter((message) => !isReply(message));

export function messageList(open, messages, key) {
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
    return isNewDay
      ? [h("li", { class: "day", key: `day-${name}` }, h("span", null, name)), item]
      : [item];
  });
  return h(
    "div",
    {
      class: "messages",
      key,
      "data-sticky": "chat",
      tabindex: "0",
      role: "region",
      "aria-label": "Messages",
    },
    items.length
      ? h("ol", { class: "message-list" }, items)
      : h(
          "div",
          { class: "empty" },
          h("p", null, "Nothing here yet."),
          h("p", { class: "muted" }, "Write the first message below."),
        ),
  );
}

function threadFooter(open, message) {
  const replies = repliesTo(open.id, message.ts);
  const visible = replies.filter((one) => !isEphemeral(one));
  if (!replies.length) return null;
  const latest = replies.at(-1);
  const faces = [...new Map(replies.map((one) => [author(one).id, author(one)])).values()].slice(
    0,
    4,
  );
  const show = () =>
    change((ui) => {
      ui.thread = { channel: open.id, ts: message.ts };
    });
  const count = visible.length || replies.length;
  return h(
    "button",
    { type: "button", class: "thread-link", key: "thread", on: { click: show } },
    faces.map((who) => avatar(who.name, { ...who, small: true })),
    h("strong", null, count === 1 ? "1 reply" : `${count} replies`),
    h("span", { class: "muted" }, `Last at ${clockTime(latest.ts)}`),
  );
}

/** The composer, or why there is none. */
export function foot(open) {
  if (open.is_archived)
    return h("p", { class: "composer-closed muted", key: "closed" }, "This channel is archived.");
  if (!open.is_im && !open.members.includes(me())) {
    const join = () => act(() => slack.post("member", { channel: open.id, user: me(), in: true }));
    return h(
      "p",
      { class: "composer-closed", key: "join" },
      `You are not in #${open.name}. `,
      h("button", { type: "button", class: "button", on: { click: join } }, "Join"),
    );
  }
  const label = open.is_im ? "Message Regulars" : `Message #${open.name}`;
  return composer({ channel: open, label });
}
