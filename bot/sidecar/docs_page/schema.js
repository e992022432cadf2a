// Schemas as people read them: a list of fields with their types, and an example of a body.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key in made && key !== "list") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

// Text as documentation writes it: broken lines are one paragraph, and `names` are set apart.
export function prose(text) {
  const plain = text.replace(/(?<!\n)\n(?!\n)/g, " ");
  return plain.split("`").map((part, place) => (place % 2 ? element("code", { textContent: part }) : part));
}

export function resolve(schema, named) {
  if (!schema?.$ref) return schema ?? {};
  const { $ref, ...more } = schema;
  return { ...named[$ref.split("/").pop()], ...more };
}

export function typeOf(schema, named) {
  if (schema.$ref) {
    const found = resolve(schema, named);
    return found.enum ? choices(found) : schema.$ref.split("/").pop();
  }
  if (schema.anyOf) return schema.anyOf.map((each) => typeOf(each, named)).join(" or ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return choices(schema);
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {}, named)}`;
  return [schema.format ?? schema.type ?? "anything", range(schema)].filter(Boolean).join(" ");
}

function choices(schema) {
  return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
}

function range(schema) {
  const low = schema.minimum ?? schema.exclusiveMinimum ?? schema.minLength;
  const high = schema.maximum ?? schema.exclusiveMaximum ?? schema.maxLength;
  if (low === undefined && high === undefined) return "";
  const unit = schema.type === "string" ? " characters" : "";
  if (high === undefined) return `(at least ${low}${unit})`;
  if (low === undefined) return `(up to ${high}${unit})`;
  return low === high ? `(${low}${unit})` : `(${low} to ${high}${unit})`;
}

// The named schemas within one, which open on demand: documents may be deep.
function inner(schema, named) {
  const inside = schema.items ?? schema.anyOf?.find((each) => each.type !== "null") ?? schema;
  if (inside !== schema && !inside.$ref) return inner(inside, named);
  return inside.$ref && resolve(inside, named).properties ? inside : null;
}

export function fieldsOf(schema, named, isTop = true) {
  const found = resolve(schema, named);
  if (found.anyOf) {
    return element("div", {}, ...found.anyOf.map((each) => titled(each, named)));
  }
  if (found.type === "array") return titled(found.items ?? {}, named, "list of ");
  const list = element("ul", { className: isTop ? "fields top" : "fields" });
  for (const [name, field] of Object.entries(found.properties ?? {})) {
    const isOptional = !(found.required ?? []).includes(name);
    const line = element(
      "span",
      {},
      element("code", { textContent: name }),
      element("span", {
        className: "quiet",
        textContent: ` ${typeOf(field, named)}${isOptional ? ", may be absent" : ""}`,
      }),
      " ",
      ...prose(field.description ?? ""),
    );
    const deeper = inner(field, named);
    list.append(element("li", {}, deeper ? folded(line, deeper, named) : line));
  }
  return list;
}

function titled(schema, named, before = "") {
  const name = element("code", { textContent: before + typeOf(schema, named) });
  return inner({ anyOf: [schema] }, named) ? folded(name, schema, named, true) : name;
}

function folded(line, schema, named, open = false) {
  const details = element("details", { open }, element("summary", {}, line));
  const fill = () => details.children.length < 2 && details.append(fieldsOf(schema, named, false));
  details.addEventListener("toggle", fill);
  if (open) fill();
  return details;
}

export function exampleOf(schema, named) {
  const found = resolve(schema, named);
  if (found.default !== undefined && found.default !== null) return found.default;
  if (found.anyOf) return exampleOf(found.anyOf[0], named);
  if (found.enum) return found.enum[0];
  if (found.type === "object") {
    const required = (found.required ?? []).map((name) => [
      name,
      exampleOf(found.properties[name], named),
    ]);
    return Object.fromEntries(required);
  }
  return { array: [], boolean: true, integer: 1, number: 1, string: "…" }[found.type] ?? null;
}
