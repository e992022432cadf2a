// Links and mentions. Addresses of the playground itself open in the page, others in a new tab.

import { gorgiasUrl } from "./api.js";
import { go } from "./navigation.js";
import { h } from "./vdom.js";

const SAFE = /^(https?|mailto|tel):/i;

/** A link, or only its text where the scheme is not one that people follow. */
export function link(url, label, { className } = {}) {
  if (!SAFE.test(url)) return h("span", null, label);
  const inside = placeOf(url);
  return h(
    "a",
    {
      href: url,
      class: className,
      target: "_blank",
      rel: "noopener noreferrer",
      on: inside && {
        click: (event) => {
          event.preventDefault();
          go(inside);
        },
      },
    },
    label,
  );
}

export function mention(text, channelId) {
  if (!channelId) return h("span", { class: "mention" }, text);
  return h(
    "button",
    { type: "button", class: "mention", on: { click: () => go({ channel: channelId }) } },
    text,
  );
}

/** The ticket, customer or message of the playground that `url` names, if it does. */
function placeOf(url) {
  const ticket = url.startsWith(gorgiasUrl("/")) && url.match(/\/tickets?\/(\d+)/);
  if (ticket) return { ticket: Number(ticket[1]) };
  const customer = url.startsWith(gorgiasUrl("/")) && url.match(/\/customers?\/(\d+)/);
  if (customer) return { customer: Number(customer[1]) };
  const message = url.match(/\/archives\/([A-Z0-9]+)\/p(\d{10})(\d{6})(?:\?.*thread_ts=([\d.]+))?/);
  if (message) {
    const [, channel, seconds, micros, thread] = message;
    return { channel, ts: `${seconds}.${micros}`, thread };
  }
  return null;
}
