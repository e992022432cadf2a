// The pane beside a channel that shows one thread.

import { composer } from "./composer.js";
import { continues, messageItem } from "./messages.js";
import { channel } from "./people.js";
import { app, change } from "./store.js";
import { messagesOf, repliesTo } from "./timeline.js";
import { h } from "./vdom.js";

export function threadPane() {
  const open = app.ui.thread && channel(app.ui.thread.channel);
  if (!open) return null;
  const root = messagesOf(open.id).find((message) => message.ts === app.ui.thread.ts);
  const replies = repliesTo(open.id, app.ui.thread.ts);
  const close = () =>
    change((ui) => {
      ui.thread = null;
    });
  const rootItem = root
    ? messageItem(open, root, { isReply: true })
    : h("li", { class: "message message-gone muted", key: "gone" }, "The first message is gone.");
  return h(
    "aside",
    { class: "pane thread", key: "thread", "aria-label": "Thread" },
    h(
      "header",
      { class: "pane-head", key: "head" },
      h(
        "div",
        { class: "pane-title" },
        h("h2", null, "Thread"),
        h("p", { class: "muted" }, open.is_im ? "Regulars" : `#${open.name}`),
      ),
      h(
        "button",
        { type: "button", class: "tool", "aria-label": "Close thread", on: { click: close } },
        "✕",
      ),
    ),
    h(
      "div",
      {
        class: "messages",
        key: `thread-${app.ui.thread.ts}`,
        "data-sticky": "chat",
        tabindex: "0",
        role: "region",
        "aria-label": "Replies",
      },
      h(
        "ol",
        { class: "message-list" },
        rootItem,
        replies.length > 0 &&
          h(
            "li",
            { class: "day", key: "count" },
            h("span", null, replies.length === 1 ? "1 reply" : `${replies.length} replies`),
          ),
        replies.map((reply, index) =>
          messageItem(open, reply, {
            isReply: true,
            isCompact: continues(replies[index - 1], reply),
          }),
        ),
      ),
    ),
    composer({ channel: open, thread_ts: app.ui.thread.ts, label: "Reply in thread" }),
  );
}
