// Look-ups in the emulated workspace, and who writes a message.

import { app } from "./store.js";
import { h } from "./vdom.js";

export const BOT_USER = "U0BOT";
const SLACKBOT = "USLACKBOT";

export const me = () => app.ui.viewer;

export const user = (id) => app.slack?.users.find((one) => one.id === id);

export const channel = (id) => app.slack?.channels.find((one) => one.id === id);

export function userName(id) {
  const found = user(id);
  if (!found) return id || "someone";
  return found.real_name || found.name;
}

/** The role that decides what the bot lets this person do. */
export function role(person) {
  if (person.is_bot) return "App";
  if (person.is_stranger) return "External";
  if (person.is_restricted) return "Guest";
  return person.is_admin ? "Admin" : "Agent";
}

/** The people one can be: everyone but the bots. */
export const personas = () =>
  (app.slack?.users ?? []).filter((one) => !one.is_bot && one.id !== SLACKBOT);

export const botDm = () =>
  app.slack?.channels.find(
    (one) => one.is_im && one.members.includes(me()) && one.members.includes(BOT_USER),
  );

export const visibleChannels = () => (app.slack?.channels ?? []).filter((one) => !one.is_im);

/** {id, name, isApp} of a message's author; apps without a user of their own have only a name. */
export function author(message) {
  if (message.bot_name) return { id: message.bot, name: message.bot_name, isApp: true };
  return { id: message.user, name: userName(message.user), isApp: Boolean(message.bot) };
}

const hue = (text) => [...text].reduce((sum, letter) => sum * 5 + letter.charCodeAt(0), 0) % 8;

export function avatar(name, { isApp = false, small = false } = {}) {
  const letters = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase() ?? "")
    .join("");
  const kind = isApp ? "avatar-app" : `hue-${hue(name)}`;
  return h(
    "span",
    { class: `avatar ${kind}${small ? " avatar-small" : ""}`, "aria-hidden": "true" },
    letters,
  );
}
