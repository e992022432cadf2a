// Slack's message markup drawn as nodes.

import { fillDateToken, fullTime } from "./clock.js";
import { emoji, isKnown, spoken } from "./emoji.js";
import { link, mention } from "./links.js";
import { channel, userName } from "./people.js";
import { h } from "./vdom.js";

const BEFORE = "(?<![\\p{L}\\p{N}*_~`])";
const AFTER = "(?![\\p{L}\\p{N}*_~`])";
const style = (mark) => `${BEFORE}[${mark}](\\S|\\S[^\\n]*?\\S)[${mark}]${AFTER}`;
const INLINE = new RegExp(
  [
    "`([^`\\n]+)`",
    "<([^<>\\n]+)>",
    ":([a-z0-9_+'-]+(?:::skin-tone-\\d)?):",
    style("*"),
    style("_"),
    style("~"),
  ].join("|"),
  "u",
);

const unescape = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** Blocks of text: code fences, quotes and lines. */
export function mrkdwn(text) {
  return text
    .split(/```(?:\n)?([\s\S]*?)```\n?/)
    .map((part, index) =>
      index % 2
        ? h("pre", { class: "code-block" }, unescape(part.replace(/\n$/, "")))
        : quotes(part),
    );
}

function quotes(text) {
  const drawn = [];
  let quoted = [];
  let plain = [];
  const flush = () => {
    if (plain.length) drawn.push(lines(plain));
    if (quoted.length) drawn.push(h("blockquote", null, lines(quoted)));
    plain = [];
    quoted = [];
  };
  for (const line of text.split("\n")) {
    const found = line.match(/^(?:&gt;|>) ?(.*)$/);
    if (Boolean(found) !== quoted.length > 0) flush();
    if (found) quoted.push(found[1]);
    else plain.push(line);
  }
  flush();
  return drawn;
}

const lines = (list) => list.map((line, index) => [index > 0 && h("br"), inline(line)]);

/** One line: styles, links, mentions, emoji. */
function inline(text) {
  const found = text.match(INLINE);
  if (!found) return [unescape(text)];
  const [whole, code, token, name, bold, italic, strike] = found;
  const before = unescape(text.slice(0, found.index));
  const after = inline(text.slice(found.index + whole.length));
  return [before, drawFound(), after];

  function drawFound() {
    if (code !== undefined) return h("code", null, unescape(code));
    if (token !== undefined) return drawToken(token);
    if (name !== undefined) return drawEmoji(name, whole);
    if (bold !== undefined) return h("strong", null, inline(bold));
    if (italic !== undefined) return h("em", null, inline(italic));
    return h("s", null, inline(strike));
  }
}

export function drawEmoji(name, otherwise = `:${name}:`) {
  if (!isKnown(name)) return otherwise;
  return h(
    "span",
    { class: "emoji", role: "img", "aria-label": spoken(name), title: `:${name}:` },
    emoji(name),
  );
}

/** Plain text in which only `:names:` become pictures. */
export function withEmoji(text) {
  return text.split(/:([a-z0-9_+'-]+):/).map((part, index) => (index % 2 ? drawEmoji(part) : part));
}

function drawToken(token) {
  const [target, ...rest] = token.split("|");
  const label = rest.length ? unescape(rest.join("|")) : null;
  if (target.startsWith("@")) return mention(`@${label ?? userName(target.slice(1))}`);
  if (target.startsWith("#"))
    return mention(`#${label || channelName(target.slice(1))}`, target.slice(1));
  if (target.startsWith("!date^")) return drawDate(target, label);
  if (target.startsWith("!subteam^")) return mention(label ?? "@group");
  if (target.startsWith("!")) return mention(`@${label ?? target.slice(1)}`);
  return link(unescape(target), label ?? unescape(target).replace(/^(mailto|tel):/, ""));
}

const channelName = (id) => channel(id)?.name ?? id;

function drawDate(target, fallback) {
  const [, seconds, format, url] = target.split("^");
  if (!/^\d+$/.test(seconds ?? "") || !format) return fallback ?? target;
  const shown = h("time", { title: fullTime(seconds) }, fillDateToken(seconds, format));
  return url ? link(unescape(url), shown) : shown;
}

/** What a person would type to get this markup: for editing one's own message. */
export function toTyped(text) {
  const plain = text.replace(/<([^<>\n]+)>/g, (whole, token) => {
    const [target, label] = token.split("|");
    if (target.startsWith("@")) return `@${userName(target.slice(1))}`;
    if (target.startsWith("#")) return `#${label || channelName(target.slice(1))}`;
    if (target.startsWith("!")) return `@${target.slice(1)}`;
    return label ?? target.replace(/^(mailto|tel):/, "");
  });
  return unescape(plain);
}
