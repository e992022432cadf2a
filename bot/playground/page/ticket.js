// One ticket as an agent sees it, and the agent's work on it.

import { gorgias, gorgiasUrl } from "./api.js";
import { parseIso, shortWhen } from "./clock.js";
import { fileCard } from "./files.js";
import { customerName, statusPill } from "./inbox.js";
import { avatar, me, user } from "./people.js";
import { safeHtml } from "./safe_html.js";
import { act, app, change } from "./store.js";
import { h } from "./vdom.js";

const PRIORITIES = ["critical", "high", "normal", "low"];
const isNote = (message) => message.channel === "internal-note" || message.public === false;

export function ticketDetail(ticket) {
  const back = () =>
    change((ui) => {
      ui.ticket = null;
    });
  const toggle = () => update(ticket, { status: ticket.status === "open" ? "closed" : "open" });
  return [
    h(
      "header",
      { class: "pane-head", key: "ticket-head" },
      h(
        "button",
        {
          type: "button",
          class: "tool",
          "aria-label": "Back to the list",
          title: "Back to the list",
          on: { click: back },
        },
        "←",
      ),
      h(
        "div",
        { class: "pane-title" },
        h("h2", { title: ticket.subject }, ticket.subject || "(no subject)"),
        h("p", { class: "muted" }, `#${ticket.id} `, statusPill(ticket)),
      ),
      h(
        "button",
        {
          type: "button",
          class: `button button-small${ticket.status === "open" ? " button-primary" : ""}`,
          on: { click: toggle },
        },
        ticket.status === "open" ? "Close ticket" : "Reopen",
      ),
    ),
    properties(ticket),
    h(
      "div",
      {
        class: "ticket-messages",
        key: `messages-${ticket.id}`,
        "data-sticky": "mail",
        tabindex: "0",
        role: "region",
        "aria-label": "Ticket messages",
      },
      h("ol", { class: "mail-list" }, ticket.messages.map(mail)),
    ),
    reply(ticket),
  ];
}

const update = (ticket, changes) =>
  act(() => gorgias.post("ticket", { id: ticket.id, ...changes }));

const agents = () =>
  (app.gorgias?.users ?? []).filter((one) => one.email !== "bot@playground.test");

function properties(ticket) {
  const assignee = ticket.assignee_user?.id ?? "";
  return h(
    "dl",
    { class: "properties", key: `properties-${ticket.id}` },
    property("Customer", customer(ticket)),
    property(
      "Assignee",
      chooser(
        "Assignee",
        assignee,
        [["", "Unassigned"], ...agents().map((one) => [one.id, one.name])],
        (value) => update(ticket, { assignee: value ? Number(value) : null }),
      ),
    ),
    property(
      "Priority",
      chooser(
        "Priority",
        ticket.priority ?? "normal",
        PRIORITIES.map((one) => [one, one]),
        (value) => update(ticket, { priority: value }),
      ),
    ),
    property("Tags", tags(ticket)),
  );
}

const property = (name, shown) =>
  h("div", { key: name }, h("dt", null, name), h("dd", null, shown));

function customer(ticket) {
  const details = [ticket.customer?.email].filter((one) => one && one !== customerName(ticket));
  return [
    h("span", { class: ticket.customer ? "" : "muted" }, customerName(ticket)),
    details.map((one) => h("small", { class: "muted" }, one)),
  ];
}

/** A select that always shows what the helpdesk holds. */
const chooser = (label, current, options, choose) =>
  h(
    "select",
    {
      class: "field field-small",
      "aria-label": label,
      key: `${label}-${current}`,
      on: { change: (event) => choose(event.currentTarget.value) },
    },
    options.map(([value, text]) =>
      h("option", { value, key: value, initial: { selected: value === current } }, text),
    ),
  );

function tags(ticket) {
  const names = ticket.tags.map((tag) => tag.name);
  const add = (event) => {
    event.preventDefault();
    const field = event.currentTarget.elements.tag;
    const name = field.value.trim();
    field.value = "";
    if (name && !names.includes(name)) update(ticket, { tags: [...names, name] });
  };
  return [
    names.map((name) =>
      h(
        "span",
        { class: "tag", key: name },
        name,
        h(
          "button",
          {
            type: "button",
            class: "tag-remove",
            "aria-label": `Remove tag ${name}`,
            on: { click: () => update(ticket, { tags: names.filter((one) => one !== name) }) },
          },
          "✕",
        ),
      ),
    ),
    h(
      "form",
      { class: "tag-form", key: "add", on: { submit: add } },
      h("input", {
        name: "tag",
        class: "field field-small",
        placeholder: "Add tag",
        "aria-label": "Add tag",
      }),
    ),
  ];
}

function mail(message) {
  const note = isNote(message);
  const name =
    message.sender?.name || message.sender?.email || (message.from_agent ? "Agent" : "Customer");
  const kind = note ? "Internal note" : message.from_agent ? "Reply" : "Customer";
  return h(
    "li",
    {
      class: `mail${note ? " mail-note" : message.from_agent ? " mail-agent" : ""}`,
      key: message.id,
      "data-mail": note ? "note" : message.from_agent ? "reply" : "customer",
    },
    h(
      "div",
      { class: "mail-head" },
      avatar(name, { small: true }),
      h("strong", null, name),
      h("span", { class: `pill ${note ? "pill-note" : ""}` }, kind),
      h("time", { class: "muted" }, shortWhen(parseIso(message.created_datetime))),
    ),
    h(
      "div",
      { class: "mail-body" },
      message.body_html ? safeHtml(message.body_html) : plain(message.body_text ?? ""),
    ),
    message.attachments?.length > 0 &&
      h("div", { class: "files" }, message.attachments.map(attachment)),
  );
}

const plain = (text) => text.split("\n").map((line, index) => [index > 0 && h("br"), line]);

function attachment(one) {
  // The API's download wants the key; the playground's own door gives the same file to the page.
  const key = one.url.match(/\/download\/([0-9a-f]+)\//)?.[1];
  const url = key ? gorgiasUrl(`/play/gorgias/files/${key}`) : one.url;
  if (!/^image\/(png|jpe?g|gif|webp)$/.test(one.content_type ?? ""))
    return fileCard(url, one.name ?? "file", one.size);
  return h(
    "figure",
    { class: "file-image", key: one.url },
    h("img", { src: url, alt: one.name ?? "Attached image", loading: "lazy" }),
    h("figcaption", { class: "muted" }, one.name),
  );
}

/** Who writes in the helpdesk: the persona where that person has a seat, else the first agent. */
function mySeat() {
  const email = `${user(me())?.name}@playground.test`;
  return agents().find((one) => one.email === email) ?? agents()[0];
}

function reply(ticket) {
  const seat = mySeat();
  const send = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const text = form.elements.text.value.trim();
    const as = event.submitter?.value ?? "reply";
    if (!text) return form.elements.text.focus();
    const message = {
      ticket_id: ticket.id,
      user_id: as === "customer" ? null : seat.id,
      text,
      from_agent: as !== "customer",
      channel: as === "note" ? "internal-note" : "email",
    };
    if (await act(() => gorgias.post("reply", message))) form.elements.text.value = "";
  };
  const button = (value, label, style = "", title = "") =>
    h(
      "button",
      { type: "submit", key: value, name: "as", value, class: `button ${style}`, title },
      label,
    );
  return h(
    "form",
    { class: "composer reply", key: `reply-${ticket.id}`, on: { submit: send } },
    h("textarea", {
      name: "text",
      key: "text",
      rows: 2,
      "aria-label": "Answer in the helpdesk",
      placeholder: `Write as ${seat?.name ?? "an agent"}`,
    }),
    h(
      "div",
      { class: "composer-tools", key: "tools" },
      ticket.customer &&
        button("customer", "As customer", "button-quiet", `Write as ${customerName(ticket)}`),
      h("span", { class: "composer-hint" }),
      button("note", "Note", "button-note", "Only colleagues see an internal note"),
      button("reply", "Reply", "button-primary", "The customer gets this"),
    ),
  );
}
