// Tells a screen reader about new messages, politely.

import { author, channel } from "./people.js";
import { toTyped } from "./mrkdwn.js";
import { app } from "./store.js";

const LONGEST = 160;

/** Announce what `after` has and `before` had not, in the place that is open. */
export function announce(before, after, viewer) {
  if (!before || before.me.id !== after.me.id) return;
  const region = document.getElementById("announcer");
  const place = app.ui.place;
  const known = new Set((before.messages[place] ?? []).map((message) => message.ts));
  const fresh = (after.messages[place] ?? []).filter(
    (one) => !known.has(one.ts) && one.user !== viewer,
  );
  if (!fresh.length || !channel(place)) return;
  region.textContent = fresh
    .map(
      (one) =>
        `${author(one).name}${one.ephemeral ? ", only to you" : ""}: ${toTyped(one.text ?? "").slice(0, LONGEST)}`,
    )
    .join(". ");
}
