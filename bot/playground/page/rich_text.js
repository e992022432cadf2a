// The rich_text and table blocks.

import { fillDateToken, fullTime } from "./clock.js";
import { link, mention } from "./links.js";
import { drawEmoji } from "./mrkdwn.js";
import { channel, userName } from "./people.js";
import { h } from "./vdom.js";

const STYLES = { code: "code", strike: "s", italic: "em", bold: "strong", underline: "u" };

const LEAVES = {
  text: (leaf) => lines(leaf.text),
  link: (leaf) => link(leaf.url, leaf.text || leaf.url),
  user: (leaf) => mention(`@${userName(leaf.user_id)}`),
  usergroup: () => mention("@group"),
  broadcast: (leaf) => mention(`@${leaf.range}`),
  channel: (leaf) =>
    mention(`#${channel(leaf.channel_id)?.name ?? leaf.channel_id}`, leaf.channel_id),
  emoji: (leaf) => drawEmoji(leaf.name),
  color: (leaf) => leaf.value,
  date: (leaf) =>
    h("time", { title: fullTime(leaf.timestamp) }, fillDateToken(leaf.timestamp, leaf.format)),
};

const lines = (text) => text.split("\n").map((line, index) => [index > 0 && h("br"), line]);

function drawLeaf(leaf) {
  const drawn = LEAVES[leaf.type]?.(leaf) ?? leaf.text ?? "";
  return Object.entries(STYLES).reduce(
    (inner, [style, tag]) => (leaf.style?.[style] ? h(tag, null, inner) : inner),
    drawn,
  );
}

const leaves = (part) => (part.elements ?? []).map(drawLeaf);

const PARTS = {
  rich_text_section: (part) => h("p", { class: "rich-line" }, leaves(part)),
  rich_text_preformatted: (part) =>
    h(
      "pre",
      { class: "code-block" },
      (part.elements ?? []).map((leaf) => leaf.text ?? leaf.url ?? ""),
    ),
  rich_text_quote: (part) => h("blockquote", null, leaves(part)),
  rich_text_list: (part) =>
    h(
      part.style === "ordered" ? "ol" : "ul",
      {
        class: `rich-list indent-${Math.min(part.indent ?? 0, 4)}`,
        start: part.offset ? part.offset + 1 : null,
      },
      (part.elements ?? []).map((item) => h("li", null, leaves(item))),
    ),
};

export function richText(block) {
  return h(
    "div",
    { class: "rich-text" },
    (block.elements ?? []).map((part) => PARTS[part.type]?.(part)),
  );
}

/** A table; its first row is the head, as Slack draws it. */
export function table(block) {
  const [head = [], ...rows] = block.rows ?? [];
  const settings = block.column_settings ?? [];
  const align = (index) => `align-${settings[index]?.align ?? "left"}`;
  const row = (cells, tag) =>
    h(
      "tr",
      null,
      cells.map((cell, index) =>
        h(tag, { class: align(index), scope: tag === "th" ? "col" : null }, drawCell(cell)),
      ),
    );
  return h(
    "div",
    { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Table" },
    h(
      "table",
      null,
      h("thead", null, row(head, "th")),
      h(
        "tbody",
        null,
        rows.map((cells) => row(cells, "td")),
      ),
    ),
  );
}

function drawCell(cell) {
  if (cell?.type === "rich_text") return richText(cell);
  return cell?.text ?? cell?.value ?? "";
}
