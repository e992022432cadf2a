// Draws /openapi.json: what can be asked, how, and what comes back; and asks it on demand.

import { element, exampleOf, fieldsOf, prose, typeOf } from "/docs/schema.js";

const byId = (id) => document.getElementById(id);

async function start() {
  const api = await (await fetch("/openapi.json")).json();
  byId("about").replaceChildren(...prose(api.info.description));
  const named = api.components.schemas;
  const groups = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    if (path.startsWith("/docs") || path === "/openapi.json") continue;
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push({ path, method: method.toUpperCase(), operation });
    }
  }
  for (const [tag, operations] of groups) {
    byId("operations").append(element("h2", { textContent: tag }));
    for (const each of operations) {
      byId("operations").append(drawn(each, named));
      byId("list").append(entry(each));
    }
  }
  byId("filter").addEventListener("input", filter);
  byId("access").addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", open);
  open();
}

function entry({ path, method, operation }) {
  const link = element("a", { href: `#${operation.operationId}` });
  link.append(element("span", { className: `method ${method}`, textContent: `${method} ` }), path);
  return element("li", {}, link);
}

function filter() {
  const wanted = byId("filter").value.toLowerCase();
  for (const item of byId("list").children) {
    item.hidden = !item.textContent.toLowerCase().includes(wanted);
  }
}

function open() {
  const target = location.hash && byId(location.hash.slice(1));
  if (!target) return;
  target.open = true;
  target.scrollIntoView();
}

function drawn(each, named) {
  const { path, method, operation } = each;
  const summary = element(
    "summary",
    {},
    element("span", { className: `method ${method}`, textContent: method }),
    element("code", { textContent: path }),
    element("span", { className: "quiet", textContent: operation.summary }),
  );
  const details = element("details", { className: "operation", id: operation.operationId }, summary);
  details.addEventListener("toggle", () => {
    if (details.children.length < 2) details.append(body(each, named));
  });
  return details;
}

function body(each, named) {
  const { operation } = each;
  const box = element("div");
  if (operation.description) box.append(element("p", {}, ...prose(operation.description)));
  if (operation["x-scope"]) {
    box.append(element("p", { className: "quiet" }, "Scope ", element("code", { textContent: operation["x-scope"] })));
  }
  const fields = parametersTable(operation, named, box);
  const text = bodyField(operation, named, box);
  const curl = element("pre");
  const draw = () => (curl.textContent = curlOf(each, fields, text?.value));
  box.addEventListener("input", draw);
  draw();
  // Browsers lend the clipboard only to pages from this machine or over TLS.
  const copy = element("button", { type: "button", textContent: "Copy", hidden: !navigator.clipboard });
  copy.addEventListener("click", () => navigator.clipboard.writeText(curl.textContent));
  const send = element("button", { type: "button", textContent: "Try it" });
  const answer = element("div", { role: "status" });
  send.addEventListener("click", () => ask(each, fields, text?.value, answer));
  box.append(element("h3", { textContent: "curl" }), curl);
  box.append(element("div", { className: "row" }, copy, send), answer);
  box.append(answers(operation, named));
  return box;
}

function parametersTable(operation, named, box) {
  const fields = [];
  if (!operation.parameters) return fields;
  const rows = operation.parameters.map((parameter) => {
    const field = inputOf(parameter, named);
    fields.push({ parameter, field });
    const mark = parameter.required ? "" : " (optional)";
    const usual = parameter.schema.default !== undefined ? `, usually ${parameter.schema.default}` : "";
    return element(
      "tr",
      {},
      element("td", {}, element("code", { textContent: parameter.name }), element("span", { className: "quiet", textContent: mark })),
      element("td", {}, field),
      element("td", {}, `${typeOf(parameter.schema, named)}${usual}`, element("div", { className: "quiet" }, ...prose(parameter.description ?? ""))),
    );
  });
  box.append(element("h3", { textContent: "Parameters" }));
  box.append(element("div", { className: "scroll" }, element("table", {}, element("tbody", {}, ...rows))));
  return fields;
}

function inputOf(parameter, named) {
  const schema = parameter.schema.$ref ? named[parameter.schema.$ref.split("/").pop()] : parameter.schema;
  const label = { "aria-label": parameter.name };
  if (!schema.enum) {
    const value = parameter.in === "header" ? freshKey() : "";
    return element("input", { ...label, value, placeholder: parameter.schema.examples?.[0] ?? "" });
  }
  const empty = parameter.required ? [] : [element("option", { value: "" })];
  const options = schema.enum.map((value) => element("option", { value, textContent: value }));
  return element("select", label, ...empty, ...options);
}

function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bodyField(operation, named, box) {
  const schema = operation.requestBody?.content["application/json"].schema;
  if (!schema) return null;
  const text = element("textarea", { "aria-label": "Body", value: JSON.stringify(exampleOf(schema, named), null, 2) });
  box.append(element("h3", { textContent: "Body" }), fieldsOf(schema, named), text);
  return text;
}

function requestOf({ path, method }, fields, text) {
  const headers = {};
  const query = new URLSearchParams();
  let address = path;
  for (const { parameter, field } of fields) {
    if (parameter.in === "path") {
      if (field.value) address = address.replace(`{${parameter.name}}`, encodeURIComponent(field.value));
    } else if (field.value) {
      if (parameter.in === "header") headers[parameter.name] = field.value;
      else query.set(parameter.name, field.value);
    }
  }
  if (text !== undefined) headers["Content-Type"] = "application/json";
  const tail = query.size ? `?${query}` : "";
  return { url: location.origin + address + tail, method, headers, body: text };
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curlOf(each, fields, text) {
  const request = requestOf(each, fields, text);
  const lines = [`curl ${quoted(request.url)}`];
  if (each.method !== "GET") lines.push(`--request ${each.method}`);
  if (each.operation.security) lines.push('--header "Authorization: Bearer $REGULARS_KEY"');
  for (const [name, value] of Object.entries(request.headers)) lines.push(`--header ${quoted(`${name}: ${value}`)}`);
  if (text !== undefined) lines.push(`--data ${quoted(text)}`);
  return lines.join(" \\\n  ");
}

async function ask(each, fields, text, answer) {
  const { url, method, headers, body: content } = requestOf(each, fields, text);
  const key = byId("key").value;
  if (key) headers.Authorization = `Bearer ${key}`;
  answer.replaceChildren(element("p", { className: "quiet", textContent: "Asking …" }));
  const started = performance.now();
  try {
    const response = await fetch(url, { method, headers, body: content });
    const said = await response.text();
    const took = Math.round(performance.now() - started);
    const line = element("p", { className: response.ok ? "" : "bad", textContent: `${response.status} in ${took} ms` });
    answer.replaceChildren(line, element("pre", { textContent: pretty(said) }));
  } catch (error) {
    answer.replaceChildren(element("p", { className: "bad", textContent: `No answer: ${error.message}` }));
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function answers(operation, named) {
  const box = element("div", {}, element("h3", { textContent: "Answers" }));
  for (const [status, { description, content }] of Object.entries(operation.responses)) {
    const line = element("span", {}, element("code", { textContent: status }), " ", ...prose(description));
    const schema = status < 300 && content?.["application/json"].schema;
    if (schema) box.append(element("div", {}, line, fieldsOf(schema, named)));
    else box.append(element("div", {}, line));
  }
  return box;
}

start().catch((error) => (byId("about").textContent = `The description could not be read: ${error.message}`));
