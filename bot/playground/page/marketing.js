// The marketing accounts beside Slack: Klaviyo's lists with who is on them, Shopify's tags.

import { app, change } from "./store.js";
import { h } from "./vdom.js";

/** The switch between the helpdesk and the marketing accounts, where there are any. */
export function deskSwitch() {
  if (!app.config.marketing) return null;
  const part = (name, label) =>
    h(
      "button",
      {
        type: "button",
        key: name,
        class: "segment",
        "aria-pressed": String(app.ui.desk === name),
        on: {
          click: () =>
            change((ui) => {
              ui.desk = name;
            }),
        },
      },
      label,
    );
  return h(
    "div",
    { class: "segments desk-switch", key: "desk", role: "group", "aria-label": "Which account" },
    part("helpdesk", "Helpdesk"),
    part("marketing", "Klaviyo and Shopify"),
  );
}

export function marketing() {
  const { lists = [], imports = [], tags = [] } = app.marketing ?? {};
  return [
    h(
      "header",
      { class: "pane-head inbox-head", key: "head" },
      h(
        "div",
        { class: "pane-title" },
        h("h2", null, "Marketing"),
        h("p", { class: "muted" }, "Emulated Klaviyo and Shopify"),
      ),
    ),
    h(
      "div",
      { class: "inbox-body marketing", key: "lists" },
      lists.length || tags.length ? null : nothing(),
      lists.map((one) => listCard(one, imports)),
      tags.map(tagCard),
    ),
  ];
}

function nothing() {
  return h(
    "div",
    { class: "empty", key: "empty" },
    h("p", { class: "empty-mark emoji", "aria-hidden": "true" }, "📣"),
    h("p", null, "No lists and no tags yet."),
    h(
      "p",
      { class: "muted" },
      "Plan one with /campaign winback, have it approved, then press “List in Klaviyo”.",
    ),
  );
}

function listCard(one, imports) {
  const own = imports.filter((each) => each.lists.includes(one.id));
  const failed = own.reduce((sum, each) => sum + each.failed, 0);
  const busy = own.some((each) => each.status !== "complete");
  const facts = [
    count(one.size, "profile"),
    count(own.length, "import"),
    failed > 0 && `${failed} refused`,
    busy && "importing …",
  ];
  return card(`list-${one.id}`, `List: ${one.name}`, facts, one.profiles.map(person), one.size);
}

const tagCard = (one) =>
  card(
    `tag-${one.tag}`,
    `Tag: ${one.tag}`,
    [count(one.size, "customer")],
    one.customers.map((id) => `Customer ${id}`),
    one.size,
  );

function card(key, title, facts, people, size) {
  const more = size - people.length;
  return h(
    "details",
    { class: "mail", key },
    h(
      "summary",
      null,
      h("strong", null, title),
      h("small", { class: "muted" }, ` ${facts.filter(Boolean).join(", ")}`),
    ),
    h(
      "ul",
      { class: "marketing-people" },
      people.map((words) => h("li", { key: words }, words)),
      more > 0 && h("li", { key: "more", class: "muted" }, `and ${more.toLocaleString("en")} more`),
    ),
  );
}

const person = (one) => [one.first_name, one.last_name, one.email].filter(Boolean).join(" ");

const count = (number, noun) =>
  `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
