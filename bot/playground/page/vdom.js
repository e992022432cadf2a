// A small virtual DOM: views are functions from data to plain nodes, `render` changes only what
// differs. Elements that stay keep their focus, their typed text and their scroll position.
// Data only ever becomes text nodes and attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "circle", "rect"]);
const VNODE = Symbol("vnode");

/** Describe an element. `on` maps event names to listeners, `key` ties it to its data,
 * `initial` sets value or checked once, `mounted` runs when it has entered the page. */
export function h(tag, props, ...children) {
  return { tag, props: props ?? {}, children: flat(children) };
}

function flat(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false && child !== "")
    .map((child) => (typeof child === "object" ? child : { text: String(child) }));
}

/** Make `parent` show exactly `children`. */
export function render(parent, ...children) {
  const focused = document.activeElement;
  const entered = [];
  reconcile(parent, flat(children), entered);
  for (const [node, mounted] of entered) mounted(node);
  if (focused !== document.activeElement && focused?.isConnected) {
    focused.focus({ preventScroll: true });
  }
}

const identity = (vnode) =>
  vnode.text !== undefined ? "#text" : `${vnode.tag}:${vnode.props.key ?? ""}`;

function reconcile(parent, vnodes, entered) {
  const pool = new Map();
  for (const node of parent.childNodes) {
    const key = node[VNODE] ? identity(node[VNODE]) : "#foreign";
    if (!pool.has(key)) pool.set(key, []);
    pool.get(key).push(node);
  }
  const nodes = vnodes.map((vnode) => {
    const node = pool.get(identity(vnode))?.shift();
    if (!node) return create(vnode, entered);
    update(node, vnode, entered);
    return node;
  });
  // What leaves goes first, so that what stays need not be moved (a move would cost the focus).
  for (const rest of pool.values()) for (const node of rest) node.remove();
  let cursor = parent.firstChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
  }
}

function create(vnode, entered) {
  if (vnode.text !== undefined) {
    const node = document.createTextNode(vnode.text);
    node[VNODE] = vnode;
    return node;
  }
  const node = SVG_TAGS.has(vnode.tag)
    ? document.createElementNS(SVG, vnode.tag)
    : document.createElement(vnode.tag);
  node[VNODE] = { ...vnode, props: {} };
  update(node, vnode, entered);
  Object.assign(node, vnode.props.initial);
  if (vnode.props.mounted) entered.push([node, vnode.props.mounted]);
  return node;
}

function update(node, vnode, entered) {
  const before = node[VNODE];
  node[VNODE] = vnode;
  if (vnode.text !== undefined) {
    if (before.text !== vnode.text) node.data = vnode.text;
    return;
  }
  for (const name of Object.keys(before.props)) {
    if (!(name in vnode.props)) setProp(node, name, before.props[name], undefined);
  }
  for (const [name, value] of Object.entries(vnode.props)) {
    setProp(node, name, before.props[name], value);
  }
  reconcile(node, vnode.children, entered);
}

function setProp(node, name, before, value) {
  if (["key", "initial", "mounted"].includes(name)) return;
  if (name === "on") {
    setListeners(node, before, value);
    return;
  }
  // A person may have ticked the box meanwhile, so what it shows decides, not what was drawn.
  if (name === "checked") {
    node.checked = Boolean(value);
    return;
  }
  if (before === value) return;
  if (name === "disabled") {
    node.disabled = Boolean(value);
  } else if (value === undefined || value === null || value === false) {
    node.removeAttribute(name);
  } else {
    node.setAttribute(name, value === true ? "" : value);
  }
}

function setListeners(node, before, wanted) {
  for (const event of Object.keys(before ?? {})) {
    if (!wanted?.[event]) node.removeEventListener(event, call);
  }
  for (const event of Object.keys(wanted ?? {})) {
    if (!before?.[event]) node.addEventListener(event, call);
  }
}

// One shared listener looks up the newest function, so that re-rendering registers nothing anew.
function call(event) {
  event.currentTarget[VNODE].props.on[event.type](event);
}
