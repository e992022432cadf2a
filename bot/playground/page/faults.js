// Making things go wrong on purpose: the switches in the corner and the banner while one is on.

import { gorgias, marketing, slack } from "./api.js";
import { act, app, change, notify } from "./store.js";
import { h } from "./vdom.js";

const SLOW_MS = 4000;
const FOR_EVER = 1_000_000;

// Every switch: where it acts, what it sets, how one sees that it is on.
const SWITCHES = [
  {
    id: "gorgias-down",
    side: "gorgias",
    label: "Gorgias is down",
    hint: "Every call answers 503",
    on: { down: true },
    off: { down: false },
    isOn: (faults) => faults.down,
  },
  {
    id: "gorgias-slow",
    side: "gorgias",
    label: "Gorgias is slow",
    hint: `Every answer takes ${SLOW_MS / 1000} seconds`,
    on: { slow_ms: SLOW_MS },
    off: { slow_ms: 0 },
    isOn: (faults) => faults.slow_ms > 0,
  },
  {
    id: "gorgias-limited",
    side: "gorgias",
    label: "Gorgias limits the rate",
    hint: "Every call answers 429",
    on: { rate_limited: true },
    off: { rate_limited: false },
    isOn: (faults) => faults.rate_limited,
  },
  {
    id: "gorgias-lost",
    side: "gorgias",
    label: "Gorgias loses replies",
    hint: "Half of the writes happen, but the answer never arrives",
    on: { lose_reply_rate: 0.5 },
    off: { lose_reply_rate: 0 },
    isOn: (faults) => faults.lose_reply_rate > 0,
  },
  {
    id: "marketing-down",
    side: "marketing",
    label: "Klaviyo and Shopify are down",
    hint: "Every call answers 503",
    on: { down: true },
    off: { down: false },
    isOn: (faults) => faults.down,
  },
  {
    id: "marketing-limited",
    side: "marketing",
    label: "Klaviyo and Shopify limit the rate",
    hint: "Every call is refused for now",
    on: { rate_limited: true },
    off: { rate_limited: false },
    isOn: (faults) => faults.rate_limited,
  },
  {
    id: "marketing-lost",
    side: "marketing",
    label: "Klaviyo and Shopify lose replies",
    hint: "Half of the writes happen, but the answer never arrives",
    on: { lose_reply_rate: 0.5 },
    off: { lose_reply_rate: 0 },
    isOn: (faults) => faults.lose_reply_rate > 0,
  },
  {
    id: "slack-dropped",
    side: "slack",
    label: "Slack drops its sockets",
    hint: "The bot is cut off and cannot come back",
    on: { refuse_sockets: FOR_EVER },
    off: { refuse_sockets: 0 },
    isOn: (faults) => faults.refuse_sockets > 0,
    cut: true,
  },
  {
    id: "slack-twice",
    side: "slack",
    label: "Slack repeats itself",
    hint: "Every event and every click is delivered twice",
    on: { deliver_times: 2 },
    off: { deliver_times: 1 },
    isOn: (faults) => faults.deliver_times > 1,
  },
];

const DOORS = { slack, gorgias, marketing };
const faultsOf = (one) => app[`${one.side}Faults`];
const switches = () => SWITCHES.filter((one) => one.side !== "marketing" || app.config.marketing);
const isOn = (one) => Boolean(one.isOn(faultsOf(one)));
const faultsOn = () => switches().filter(isOn);

export async function loadFaults() {
  const [ofSlack, ofGorgias, ofMarketing] = await Promise.allSettled([
    slack.get("faults"),
    gorgias.get("faults"),
    app.config.marketing ? marketing.get("faults") : {},
  ]);
  change((ui, state) => {
    if (ofSlack.value) state.slackFaults = ofSlack.value.faults ?? ofSlack.value;
    if (ofGorgias.value) state.gorgiasFaults = ofGorgias.value.faults ?? ofGorgias.value;
    if (ofMarketing.value) state.marketingFaults = ofMarketing.value;
  });
}

async function turn(one, wanted) {
  const setting = wanted ? one.on : one.off;
  // Shown at once; what the emulator says afterwards counts.
  change((ui) => {
    Object.assign(faultsOf(one), setting);
    if (wanted) ui.tried[one.id] = true;
  });
  await act(async () => {
    await DOORS[one.side].post("faults", setting);
    if (wanted && one.cut) await slack.post("reset", {});
  });
  await loadFaults();
}

async function cutOnce() {
  if (await act(() => slack.post("reset", {})))
    notify("The sockets were cut. The bot should be back within seconds.", "info");
}

export function faultButton() {
  const count = faultsOn().length;
  const toggle = () =>
    change((ui) => {
      ui.faultsOpen = !ui.faultsOpen;
    });
  return h(
    "button",
    {
      type: "button",
      class: `button button-small top-button${count ? " button-alarm" : ""}`,
      key: "faults-button",
      "aria-expanded": String(app.ui.faultsOpen),
      "aria-controls": "faults",
      title: "Make things go wrong",
      on: { click: toggle },
    },
    h("span", { "aria-hidden": "true" }, "⚡"),
    h("span", { class: "top-label" }, "Break things"),
    count > 0 && h("span", { class: "count" }, count),
  );
}

export function faultPanel() {
  if (!app.ui.faultsOpen) return null;
  const close = () =>
    change((ui) => {
      ui.faultsOpen = false;
    });
  return h(
    "section",
    {
      class: "faults",
      id: "faults",
      key: "faults",
      "aria-label": "Fault switches",
      on: { keydown: (event) => event.key === "Escape" && close() },
    },
    h(
      "header",
      { class: "faults-head" },
      h("h2", null, "Break things"),
      h(
        "button",
        {
          type: "button",
          class: "tool",
          "aria-label": "Close fault switches",
          on: { click: close },
        },
        "✕",
      ),
    ),
    h("p", { class: "muted" }, "These faults are real: the bot meets them on the wire."),
    switches().map(switchRow),
    h(
      "div",
      { class: "fault-row", key: "once" },
      h(
        "span",
        null,
        "Cut the sockets once",
        h("small", { class: "muted" }, "The bot reconnects by itself"),
      ),
      h(
        "button",
        { type: "button", class: "button button-small", on: { click: cutOnce } },
        "Cut now",
      ),
    ),
  );
}

function switchRow(one) {
  const id = `switch-${one.id}`;
  return h(
    "label",
    { class: "fault-row", key: one.id, for: id },
    h("span", null, one.label, h("small", { class: "muted" }, one.hint)),
    h("input", {
      type: "checkbox",
      role: "switch",
      class: "switch",
      id,
      checked: isOn(one),
      on: { change: (event) => turn(one, event.currentTarget.checked) },
    }),
  );
}

/** What is wrong on purpose, and what is wrong by itself. */
export function banners() {
  return h(
    "div",
    { class: "banners", key: "banners", role: "status" },
    faultsOn().map((one) =>
      h(
        "p",
        { class: "banner banner-fault", key: one.id },
        h("strong", null, one.label),
        h("span", { class: "banner-hint" }, one.hint),
        h(
          "button",
          { type: "button", class: "link-button", on: { click: () => turn(one, false) } },
          "Switch off",
        ),
      ),
    ),
    (app.lost.slack || app.lost.gorgias) &&
      h(
        "p",
        { class: "banner banner-lost", key: "lost" },
        h("strong", null, "Connection to the playground lost."),
        " Trying again…",
      ),
  );
}
