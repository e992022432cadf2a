// Going to a place: a channel, a message, a thread, the app, a ticket or a customer.

import { change } from "./store.js";

/** `target` holds any of {channel, ts, thread, ticket, customer, app}. */
export function go(target) {
  change((ui) => {
    ui.popover = null;
    if (target.ticket) {
      ui.ticket = target.ticket;
      ui.pane = "helpdesk";
    }
    if (target.customer) {
      ui.ticket = null;
      ui.customer = target.customer;
      ui.ticketFilter = "all";
      ui.pane = "helpdesk";
    }
    if (target.app) {
      ui.place = "app";
      ui.appTab = target.app;
    }
    if (target.channel) ui.place = target.channel;
    if (target.app || target.channel) {
      ui.pane = "chat";
      ui.thread = target.thread ? { channel: target.channel, ts: target.thread } : null;
    }
  });
  if (target.ts) requestAnimationFrame(() => showMessage(target.channel, target.ts));
}

function showMessage(channel, ts) {
  const found = document.querySelector(`[data-message="${CSS.escape(`${channel}/${ts}`)}"]`);
  found?.scrollIntoView({ block: "center" });
  found?.focus({ preventScroll: true });
}
