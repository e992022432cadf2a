// What the composer offers while one types: slash commands and people.

import { app } from "./store.js";
import { personas, BOT_USER, user } from "./people.js";
import { h } from "./vdom.js";

/** The offers for `text` up to the caret: [{id, insert, label, hint}]. */
export function suggestionsFor(text, { inThread }) {
  const command = text.match(/^\/\S*$/);
  if (command && !inThread) {
    return (app.slack?.commands ?? [])
      .filter((one) => one.command.startsWith(command[0]))
      .map((one) => ({
        id: one.command,
        insert: `${one.command} `,
        from: 0,
        label: one.command,
        usage: one.usage_hint,
        hint: one.description,
      }));
  }
  const mention = text.match(/(?:^|\s)@([\p{L}]*)$/u);
  if (!mention) return [];
  const wanted = mention[1].toLowerCase();
  return [...personas(), user(BOT_USER)]
    .filter((one) => one?.real_name.toLowerCase().startsWith(wanted))
    .map((one) => ({
      id: one.id,
      insert: `@${one.real_name} `,
      from: text.length - mention[1].length - 1,
      label: one.real_name,
      hint: one.is_bot ? "App" : "",
    }));
}

export function suggestionList(id, offers, active, choose) {
  if (!offers.length) return null;
  return h(
    "ul",
    { class: "suggestions", role: "listbox", id, key: "suggestions", "aria-label": "Suggestions" },
    offers.map((offer, index) =>
      h(
        "li",
        {
          key: offer.id,
          id: `${id}-${index}`,
          role: "option",
          "aria-selected": String(index === active),
          on: {
            mousedown: (event) => {
              event.preventDefault();
              choose(offer);
            },
          },
        },
        h(
          "span",
          null,
          h("strong", null, offer.label),
          offer.usage && h("span", { class: "usage" }, ` ${offer.usage}`),
        ),
        offer.hint && h("small", { class: "muted" }, offer.hint),
      ),
    ),
  );
}
