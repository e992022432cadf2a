// A ticket's body_html as nodes: parsed in a document that runs and loads nothing, then only
// known tags and safe link addresses are copied. What a mail carries can not act on this page.

import { link } from "./links.js";
import { h } from "./vdom.js";

const KEPT = new Set(
  "a b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i li ol p pre s small span strong sub sup table tbody td tfoot th thead tr u ul".split(
    " ",
  ),
);
const DROPPED = new Set(
  "script style template iframe object embed svg math noscript head title form input button select textarea".split(
    " ",
  ),
);

const drawn = new Map();

export function safeHtml(html) {
  if (!drawn.has(html))
    drawn.set(html, copyAll(new DOMParser().parseFromString(html, "text/html").body));
  return drawn.get(html);
}

const copyAll = (node) => [...node.childNodes].map(copy);

function copy(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE) return null;
  const tag = node.localName;
  if (DROPPED.has(tag)) return null;
  if (tag === "img")
    return h(
      "span",
      { class: "muted" },
      `[image: ${node.getAttribute("alt") || "without description"}]`,
    );
  if (tag === "a") return link(node.getAttribute("href") ?? "", copyAll(node));
  return KEPT.has(tag) ? h(tag, null, copyAll(node)) : copyAll(node);
}
