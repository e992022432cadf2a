// Block Kit's layout blocks drawn as nodes.

import { element } from "./elements.js";
import { mrkdwn, withEmoji } from "./mrkdwn.js";
import { richText, table } from "./rich_text.js";
import { h } from "./vdom.js";

const text = (object) =>
  object.type === "mrkdwn" ? mrkdwn(object.text) : withEmoji(object.text).map(lines);

const lines = (part) =>
  typeof part === "string"
    ? part.split("\n").map((line, index) => [index > 0 && h("br"), line])
    : part;

/** Draw `list`; `scope` says where (see elements.js), `errors` are sentences by block id. */
export function blocks(list, scope, errors = {}) {
  return (list ?? []).map((block, index) => {
    const draw = BLOCKS[block.type];
    const key = block.block_id ?? `${block.type}-${index}`;
    if (!draw) return h("p", { class: "muted", key }, `(a ${block.type} block)`);
    return h("div", { class: `block block-${block.type}`, key }, draw(block, scope, errors));
  });
}

const BLOCKS = {
  header: (block) => h("h4", { class: "block-heading" }, text(block.text)),
  divider: () => h("hr"),
  section,
  context: (block) => (block.elements ?? []).map(contextElement),
  actions: (block, scope) => (block.elements ?? []).map((one) => element(scope, block, one)),
  image: (block) => picture(block),
  rich_text: richText,
  table,
  input,
  markdown: (block) => h("div", { class: "markdown" }, lines(block.text)),
  video: (block) => [h("strong", null, text(block.title)), h("p", null, block.alt_text)],
  file: (block) => h("p", { class: "muted" }, `File ${block.external_id}`),
  alert: (block) =>
    h("div", { class: `alert alert-${block.level ?? "default"}`, role: "note" }, text(block.text)),
};

function section(block, scope) {
  return [
    h(
      "div",
      { class: "section-body" },
      block.text && h("div", null, text(block.text)),
      block.fields &&
        h(
          "div",
          { class: "section-fields" },
          block.fields.map((field) => h("div", null, text(field))),
        ),
    ),
    block.accessory && h("div", { class: "section-accessory" }, accessory(block, scope)),
  ];
}

function accessory(block, scope) {
  const one = block.accessory;
  if (one.type === "image") return image(one, "accessory-image");
  return element(scope, block, one, { label: block.text?.text });
}

const contextElement = (one) =>
  one.type === "image" ? image(one, "context-image") : h("span", null, text(one));

const source = (one) => one.image_url ?? one.slack_file?.url ?? "";

const image = (one, className) =>
  h("img", { class: className, src: source(one), alt: one.alt_text ?? "", loading: "lazy" });

function picture(block) {
  return h(
    "figure",
    null,
    block.title && h("figcaption", null, text(block.title)),
    block.slack_file ? h("p", { class: "muted" }, block.alt_text) : image(block, "block-picture"),
  );
}

function input(block, scope, errors) {
  const error = errors[block.block_id];
  return h(
    "div",
    { class: `input${error ? " input-wrong" : ""}` },
    h(
      "div",
      { class: "input-label" },
      text(block.label),
      block.optional && h("span", { class: "muted" }, " (optional)"),
    ),
    element(scope, block, block.element, { label: block.label?.text, isInput: true }),
    block.hint && h("p", { class: "input-hint" }, text(block.hint)),
    error && h("p", { class: "input-error", role: "alert" }, error),
  );
}
