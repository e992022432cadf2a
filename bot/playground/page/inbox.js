// The helpdesk beside Slack: the list of tickets.

import { parseIso, shortWhen } from "./clock.js";
import { deskSwitch, marketing } from "./marketing.js";
import { app, change } from "./store.js";
import { ticketDetail } from "./ticket.js";
import { h } from "./vdom.js";

const FILTERS = [
  ["open", "Open", (ticket) => ticket.status === "open" && !isTrashed(ticket)],
  ["closed", "Closed", (ticket) => ticket.status === "closed" && !isTrashed(ticket)],
  ["all", "All", () => true],
];

const isTrashed = (ticket) => Boolean(ticket.trashed_datetime);

const ticketById = (id) => app.gorgias?.tickets.find((ticket) => ticket.id === id);

/** Newest activity first. */
const sorted = (tickets) =>
  [...tickets].sort((one, other) => (changedAt(other) > changedAt(one) ? 1 : -1));

const changedAt = (ticket) => ticket.updated_datetime ?? ticket.created_datetime;

export function inbox() {
  return h(
    "section",
    { class: "pane inbox", key: "inbox", "aria-label": "Helpdesk" },
    deskSwitch(),
    shown(),
  );
}

function shown() {
  if (app.ui.desk === "marketing") return marketing();
  const open = ticketById(app.ui.ticket);
  return open ? ticketDetail(open) : list();
}

function list() {
  const all = app.gorgias?.tickets ?? [];
  const { customer } = app.ui;
  const tickets = customer ? all.filter((ticket) => ticket.customer?.id === customer) : all;
  const [, , matches] = FILTERS.find(([name]) => name === app.ui.ticketFilter);
  const shown = sorted(tickets.filter(matches));
  return [
    h(
      "header",
      { class: "pane-head inbox-head", key: "head" },
      h(
        "div",
        { class: "pane-title" },
        h("h2", null, "Inbox"),
        h("p", { class: "muted" }, "Emulated Gorgias"),
      ),
      h(
        "div",
        { class: "segments", role: "group", "aria-label": "Show" },
        FILTERS.map(([name, label, test]) =>
          h(
            "button",
            {
              type: "button",
              key: name,
              class: "segment",
              "aria-pressed": String(app.ui.ticketFilter === name),
              on: {
                click: () =>
                  change((ui) => {
                    ui.ticketFilter = name;
                  }),
              },
            },
            label,
            " ",
            h("span", { class: "muted" }, tickets.filter(test).length),
          ),
        ),
      ),
    ),
    customer && onlyOf(customer),
    h(
      "div",
      { class: "inbox-body", key: "list" },
      shown.length
        ? h("ul", { class: "ticket-list" }, shown.map(ticketRow))
        : nothing(tickets.length),
    ),
  ];
}

/** Whose tickets these are, when they are one customer's. */
function onlyOf(id) {
  const found = app.gorgias?.customers.find((one) => one.id === id);
  const showAll = () =>
    change((ui) => {
      ui.customer = null;
    });
  return h(
    "p",
    { class: "only-of", key: "only-of" },
    h(
      "span",
      null,
      "Tickets of ",
      h("strong", null, found?.name || found?.email || `customer ${id}`),
    ),
    h("button", { type: "button", class: "link-button", on: { click: showAll } }, "Show all"),
  );
}

function nothing(total) {
  if (app.lost.gorgias && !total)
    return h("div", { class: "empty" }, h("p", null, "The helpdesk cannot be reached."));
  return h(
    "div",
    { class: "empty" },
    h("p", { class: "empty-mark emoji", "aria-hidden": "true" }, "🎫"),
    h("p", null, total ? "No tickets here." : "No tickets yet."),
    h(
      "p",
      { class: "muted" },
      total ? "Choose another list above." : "React 🎫 to any message in Slack to create one.",
    ),
  );
}

function ticketRow(ticket) {
  const latest = ticket.messages.at(-1);
  return h(
    "li",
    { key: ticket.id },
    h(
      "button",
      {
        type: "button",
        class: "ticket-row",
        "data-ticket": ticket.id,
        on: {
          click: () =>
            change((ui) => {
              ui.ticket = ticket.id;
            }),
        },
      },
      h(
        "span",
        { class: "ticket-top" },
        h("strong", { class: "ticket-subject" }, ticket.subject || "(no subject)"),
        h("time", { class: "muted" }, shortWhen(parseIso(changedAt(ticket)))),
      ),
      h(
        "span",
        { class: "ticket-excerpt muted" },
        customerName(ticket),
        latest ? ` — ${excerpt(latest)}` : "",
      ),
      h(
        "span",
        { class: "ticket-marks" },
        h("span", { class: "muted" }, `#${ticket.id}`),
        statusPill(ticket),
        priorityPill(ticket),
        ticket.tags.map((tag) => h("span", { class: "tag", key: tag.name }, tag.name)),
        h("span", { class: "ticket-assignee muted" }, ticket.assignee_user?.name ?? "Unassigned"),
      ),
    ),
  );
}

const excerpt = (message) =>
  (message.stripped_text ?? message.body_text ?? "").replace(/\s+/g, " ").slice(0, 140);

export const customerName = (ticket) =>
  ticket.customer
    ? ticket.customer.name || ticket.customer.email || `Customer ${ticket.customer.id}`
    : "Requester unknown";

export function statusPill(ticket) {
  const status = isTrashed(ticket) ? "trash" : ticket.status;
  const words = { open: "Open", closed: "Closed", trash: "In trash" };
  return h("span", { class: `pill pill-${status}` }, words[status] ?? status);
}

const priorityPill = (ticket) =>
  ticket.priority &&
  ticket.priority !== "normal" &&
  h("span", { class: `pill pill-${ticket.priority}` }, `${ticket.priority} priority`);
