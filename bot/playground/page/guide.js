// "Try this": the first five minutes, for somebody who has never seen the product.

import { slack } from "./api.js";
import { prefill } from "./composer.js";
import { go } from "./navigation.js";
import { act, app, change } from "./store.js";
import { h } from "./vdom.js";

const EXAMPLE_CHANNEL = "C0SUPPORT";
const EXAMPLE_AUTHOR = "U0MAYA";
const FORECAST = "/forecast revenue 8w";

/** E-mails of customers whom the sample shop knows. */
const hints = () => app.config.hints ?? [];

const reacted = (names) =>
  Object.values(app.slack?.messages ?? {}).some((list) =>
    list.some((message) =>
      (message.reactions ?? []).some(
        (one) => names.includes(one.name) && one.users.includes(app.ui.viewer),
      ),
    ),
  );

const answered = () =>
  (app.gorgias?.tickets ?? []).some((ticket) =>
    ticket.messages.some((message) => message.from_agent && message.via === "helpdesk"),
  );

function steps() {
  const [email = ""] = hints();
  const command = `/customer ${email}`;
  const type = (text) => () => {
    go({ channel: EXAMPLE_CHANNEL });
    requestAnimationFrame(() => prefill(text));
  };
  const isEmpty = !app.slack.messages[EXAMPLE_CHANNEL]?.length;
  const openFaults = () =>
    change((ui) => {
      ui.faultsOpen = true;
    });
  return [
    {
      id: "ticket",
      text: ["Point at a message and react ", mark("🎫"), ". A ticket appears on the right."],
      done: reacted(["ticket", "admission_tickets"]),
      action: isEmpty && ["Write an example message", writeExample],
    },
    {
      id: "reply",
      text: ["Open that ticket and write a ", h("strong", null, "Reply"), ". The thread shows it."],
      done: answered(),
    },
    {
      id: "resolve",
      text: ["React ", mark("✅"), " to the same message. The ticket closes."],
      done: reacted(["white_check_mark"]),
    },
    {
      id: "customer",
      text: [
        "Ask who somebody is: ",
        h("code", null, command),
        !email && " and an e-mail, phone or order number",
      ],
      action: ["Type it for me", type(command)],
      done: app.ui.tried["/customer"],
    },
    {
      id: "forecast",
      text: [
        "Ask what to expect: ",
        h("code", null, FORECAST),
        ". Holidays lie oddly there: the sample year was moved.",
      ],
      action: ["Type this for me", type(FORECAST)],
      done: app.ui.tried["/forecast"],
    },
    {
      id: "outage",
      text: [
        "Turn Gorgias off, react ",
        mark("🎫"),
        " again, and turn it back on. Nothing is lost.",
      ],
      action: ["Show the switches", openFaults],
      done: app.ui.tried["gorgias-down"],
    },
  ];
}

function writeExample() {
  const [, email = hints()[0]] = hints();
  const from = email ? ` She wrote from ${email}.` : "";
  const text = `A customer's parcel arrived broken and she is furious.${from}`;
  go({ channel: EXAMPLE_CHANNEL });
  return act(() =>
    slack.post("messages", { user: EXAMPLE_AUTHOR, channel: EXAMPLE_CHANNEL, text }),
  );
}

const mark = (character) => h("span", { class: "emoji" }, character);

export function guide() {
  if (app.ui.guideDone) return null;
  const close = () =>
    change((ui) => {
      ui.guideDone = true;
    });
  return h(
    "section",
    { class: "guide", key: "guide", "aria-label": "Try this" },
    h(
      "header",
      { class: "guide-head" },
      h("h2", null, "Try this"),
      h(
        "button",
        {
          type: "button",
          class: "tool",
          "aria-label": "Dismiss the list",
          title: "Dismiss",
          on: { click: close },
        },
        "✕",
      ),
    ),
    h(
      "ol",
      { class: "guide-steps" },
      steps().map((step, index) =>
        h(
          "li",
          { key: step.id, class: step.done ? "guide-done" : "" },
          h("span", { class: "guide-number", "aria-hidden": "true" }, step.done ? "✓" : index + 1),
          h(
            "div",
            null,
            h(
              "p",
              null,
              step.text,
              step.done && h("span", { class: "visually-hidden" }, " (tried)"),
            ),
            step.action &&
              h(
                "button",
                { type: "button", class: "link-button", on: { click: step.action[1] } },
                step.action[0],
              ),
          ),
        ),
      ),
    ),
  );
}

export function guideButton() {
  if (!app.ui.guideDone) return null;
  return h(
    "button",
    {
      type: "button",
      class: "button button-small top-button",
      key: "guide-button",
      title: "Show what to try",
      on: {
        click: () =>
          change((ui) => {
            ui.guideDone = false;
          }),
      },
    },
    h("span", { "aria-hidden": "true" }, "?"),
    h("span", { class: "top-label" }, "Try this"),
  );
}
