// Interactive Block Kit elements: buttons, menus and inputs, in messages, Home and modals.
//
// A `scope` tells where they stand: `{id, press(element, block, value), form}`. In a message or on
// Home a change is sent at once; in a form (`form: true`) an input keeps its value until it is
// submitted, unless its block wants every change sent.

import { link } from "./links.js";
import { withEmoji } from "./mrkdwn.js";
import { personas, visibleChannels } from "./people.js";
import { change } from "./store.js";
import { h } from "./vdom.js";

const plain = (text) => withEmoji(text?.text ?? "");
const optionKey = (option) => option.value ?? option.text?.text;

/** Draw an interactive element that belongs to `block`. */
export function element(scope, block, one, { label, isInput = false } = {}) {
  const draw = DRAWN[one.type] ?? (INPUT_TYPES[one.type] && input);
  if (!draw) return h("span", { class: "muted" }, `(${one.type} is not drawn in the playground)`);
  return draw({ scope, block, one, label, sends: !isInput || Boolean(block.dispatch_action) });
}

const DRAWN = {
  button,
  workflow_button: button,
  overflow,
  static_select: select,
  users_select: select,
  channels_select: select,
  conversations_select: select,
  multi_static_select: choices,
  multi_users_select: choices,
  multi_channels_select: choices,
  multi_conversations_select: choices,
  checkboxes: choices,
  radio_buttons: choices,
  plain_text_input: input,
  rich_text_input: input,
};

// HTML's input type for each of Slack's single-line inputs, and where its start value stands.
const INPUT_TYPES = {
  email_text_input: ["email", "initial_value"],
  url_text_input: ["url", "initial_value"],
  number_input: ["number", "initial_value"],
  datepicker: ["date", "initial_date"],
  timepicker: ["time", "initial_time"],
  datetimepicker: ["datetime-local", "initial_date_time"],
  file_input: ["file", null],
};

/** Ask first where the element says so, then run. */
function confirmed(one, run) {
  if (!one.confirm) return run();
  const { title, text, confirm, deny, style } = one.confirm;
  change((ui) => {
    ui.dialog = {
      title: title?.text ?? "Are you sure?",
      text: text?.text ?? "",
      confirm: confirm?.text ?? "Yes",
      deny: deny?.text ?? "Cancel",
      danger: style === "danger",
      run,
    };
  });
}

function press(scope, one, block, value) {
  confirmed(one, () => scope.press(one, block, value));
}

function button({ scope, block, one }) {
  const className = `button ${one.style ? `button-${one.style}` : ""}`;
  const key = `${block.block_id}/${one.action_id}`;
  if (one.url) {
    const anchor = link(one.url, plain(one.text), { className });
    const inside = anchor.props.on?.click;
    const click = (event) => {
      inside?.(event);
      scope.press(one, block, one.value);
    };
    return { ...anchor, props: { ...anchor.props, key, on: { click } } };
  }
  const click = () => press(scope, one, block, one.value);
  return h(
    "button",
    { type: "button", key, class: className, "aria-label": one.accessibility_label, on: { click } },
    plain(one.text),
  );
}

function overflow({ scope, block, one }) {
  const id = `${scope.id}/${block.block_id}/${one.action_id}`;
  const items = one.options.map((option) => ({
    label: plain(option.text),
    hint: option.description?.text,
    run: () => {
      if (option.url) window.open(option.url, "_blank", "noopener");
      press(scope, one, block, option.value);
    },
  }));
  const open = (event) => {
    const anchor = event.currentTarget;
    change((ui) => {
      ui.popover = { kind: "menu", id, anchor, label: "More actions", items };
    });
  };
  return h(
    "button",
    {
      type: "button",
      class: "button button-icon",
      key: one.action_id,
      "aria-haspopup": "menu",
      "aria-label": "More actions",
      on: { click: open },
    },
    "⋯",
  );
}

/** The groups of options of any select: [heading or null, options]. */
function optionGroups(one) {
  const asOption = (value, text) => ({ value, text: { text } });
  if (one.type.includes("users")) {
    return [[null, personas().map((person) => asOption(person.id, person.real_name))]];
  }
  if (one.type.includes("channels") || one.type.includes("conversations")) {
    return [[null, visibleChannels().map((channel) => asOption(channel.id, `#${channel.name}`))]];
  }
  if (one.option_groups) return one.option_groups.map((group) => [group.label.text, group.options]);
  return [[null, one.options ?? []]];
}

const initialOf = (one) =>
  one.initial_option?.value ??
  one.initial_user ??
  one.initial_channel ??
  one.initial_conversation ??
  "";

function select({ scope, block, one, label, sends }) {
  const initial = initialOf(one);
  const drawOption = (option) =>
    h(
      "option",
      { value: optionKey(option), initial: { selected: optionKey(option) === initial } },
      option.text.text,
    );
  const changed = (event) => {
    const control = event.currentTarget;
    const value = control.value;
    if (!sends || !value) return;
    confirmed(one, () => scope.press(one, block, value));
    if (!scope.form) control.value = initial;
  };
  return h(
    "select",
    {
      ...marks(scope, block, one),
      class: "field",
      "aria-label": label ?? one.placeholder?.text ?? "Choose",
      on: { change: changed },
    },
    h(
      "option",
      { value: "", key: "none", initial: { selected: !initial } },
      one.placeholder?.text ?? "Choose…",
    ),
    optionGroups(one).map(([heading, options]) =>
      heading === null
        ? options.map(drawOption)
        : h("optgroup", { label: heading, key: heading }, options.map(drawOption)),
    ),
  );
}

/** Radio buttons, checkboxes and multi-selects: a list of boxes. */
function choices({ scope, block, one, label, sends }) {
  const isRadio = one.type === "radio_buttons";
  const chosen = new Set([
    ...(one.initial_options ?? (one.initial_option ? [one.initial_option] : [])).map(optionKey),
    ...(one.initial_users ?? one.initial_channels ?? one.initial_conversations ?? []),
  ]);
  const group = `${scope.id}/${block.block_id}/${one.action_id}`;
  const changed = (event) => {
    const group_ = event.currentTarget.closest("fieldset");
    if (sends) press(scope, one, block, valueOf(group_));
  };
  const boxes = optionGroups(one).flatMap(([, options]) => options);
  return h(
    "fieldset",
    {
      ...marks(scope, block, one),
      class: `choices${one.type.startsWith("multi") ? " choices-scroll" : ""}`,
      "data-list": isRadio ? null : "",
    },
    h("legend", { class: "visually-hidden" }, label ?? one.placeholder?.text ?? "Choose"),
    boxes.map((option) =>
      h(
        "label",
        { class: "choice", key: optionKey(option) },
        h("input", {
          type: isRadio ? "radio" : "checkbox",
          name: group,
          value: optionKey(option),
          initial: { checked: chosen.has(optionKey(option)) },
          on: { change: changed },
        }),
        h(
          "span",
          null,
          plain(option.text),
          option.description && h("small", { class: "muted" }, plain(option.description)),
        ),
      ),
    ),
  );
}

function input({ scope, block, one, label, sends }) {
  const [type, initialName] = INPUT_TYPES[one.type] ?? ["text", "initial_value"];
  const initial = initialName && one[initialName];
  const isLong = one.multiline || one.type === "rich_text_input";
  const value = type === "datetime-local" && initial ? localDateTime(initial) : initial;
  const send = ({ currentTarget: control }) => {
    const typed = valueOf(control);
    if (sends && typed !== control.told) scope.press(one, block, typed);
    control.told = undefined;
  };
  // Where the app listens for Enter, Enter tells it and does not submit the form.
  const tell = (event) => {
    if (!sends || isLong || event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    send(event);
    event.currentTarget.told = valueOf(event.currentTarget); // leaving the field repeats it
  };
  return h(isLong ? "textarea" : "input", {
    ...marks(scope, block, one),
    class: "field",
    type: isLong ? null : type,
    rows: isLong ? 4 : null,
    multiple: type === "file" && (one.max_files ?? 10) > 1,
    step: type === "number" && one.is_decimal_allowed ? "any" : null,
    min: one.min_value ?? null,
    max: one.max_value ?? null,
    maxlength: one.max_length ?? null,
    placeholder: one.placeholder?.text ?? null,
    autofocus: one.focus_on_load ?? null,
    "aria-label": label ?? one.placeholder?.text ?? "Value",
    initial: value ? { value } : {},
    on: { change: send, keydown: tell },
  });
}

const localDateTime = (seconds) => {
  const date = new Date(seconds * 1000);
  return new Date(date - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
};

const marks = (scope, block, one) => ({
  key: `${scope.id}/${block.block_id}/${one.action_id}`,
  "data-block": block.block_id,
  "data-action": one.action_id,
  "data-kind": one.type,
});

/** What a drawn control holds now, in the form the emulator takes; null when empty. */
function valueOf(control) {
  if (control.tagName === "FIELDSET") {
    const values = [...control.querySelectorAll("input:checked")].map((box) => box.value);
    return "list" in control.dataset ? values : (values[0] ?? null);
  }
  if (control.type === "datetime-local") {
    return control.value ? Math.floor(new Date(control.value).getTime() / 1000) : null;
  }
  return control.value || null;
}

/** All values of a form by block and action. */
export function valuesOf(form) {
  const values = {};
  for (const control of form.querySelectorAll("[data-block][data-action]")) {
    const { block, action } = control.dataset;
    values[block] = { ...values[block], [action]: valueOf(control) };
  }
  return values;
}
