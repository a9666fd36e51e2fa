// Forms made of JSON schema, and what was typed into them.

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in node && typeof value !== "string") node[name] = value;
    else if (value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

export function resolved(schema, document) {
  if (schema?.$ref) {
    const name = schema.$ref.split("/").pop();
    return { ...document.components.schemas[name], ...schema, $ref: undefined };
  }
  const real = (schema?.anyOf ?? []).filter((each) => each.type !== "null");
  if (real.length === 1) return { ...resolved(real[0], document), ...schema, anyOf: undefined };
  return schema ?? {};
}

export function argumentsOf(operation, document) {
  const { schema } = operation.requestBody.content["application/json"];
  return resolved(schema, document);
}

export class Form {
  constructor(schema, found, skip = []) {
    this.fields = Object.entries(schema.properties ?? {})
      .filter(([name]) => !skip.includes(name))
      .map(([name, given]) => fieldOf(name, resolved(given, found), (schema.required ?? []).includes(name)));
    this.node = make("div", {}, ...this.fields.map((field) => field.node));
  }

  // Arguments as JSON; files are data URLs. What is left empty is left out.
  async values() {
    const found = {};
    for (const field of this.fields) {
      const value = await field.value();
      if (value !== undefined) found[field.name] = value;
    }
    return found;
  }
}

function fieldOf(name, schema, required) {
  const id = `field-${name}`;
  const title = schema.title && schema.title.toLowerCase() !== name.replaceAll("_", " ").toLowerCase() ? schema.title : name;
  const label = make("label", { for: id }, title + (required ? " *" : ""));
  const note = schema.description ? [make("small", {}, schema.description)] : [];
  const { control, value, tick } = controlOf(id, schema, required);
  const parts = tick ? [control, label, ...note] : [label, control, ...note];
  return { name, value, node: make("div", { class: tick ? "field tick" : "field" }, ...parts) };
}

function controlOf(id, schema, required) {
  if (schema["x-media"] && schema.type === "string" && schema.format === "binary") return file(id, schema, false);
  if (schema.type === "array" && schema.items?.["x-media"]) return file(id, schema.items, true);
  if (schema.enum) return choice(id, schema, required);
  if (schema.type === "array" && schema.items?.enum) return choices(id, schema);
  if (schema.type === "boolean") return tick(id, schema);
  if (schema.type === "integer" || schema.type === "number") return number(id, schema);
  if (schema.type === "string") return text(id, schema, required);
  return json(id, schema);
}

function text(id, schema, required) {
  const control = make("textarea", { id, rows: "2" });
  control.value = schema.default ?? "";
  return { control, value: () => (control.value === "" && !required ? undefined : control.value) };
}

function number(id, schema) {
  const step = schema["x-step"] ?? (schema.type === "integer" ? 1 : "any");
  const bounds = { min: bound(schema.minimum), max: bound(schema.maximum), step: String(step) };
  const entry = make("input", { id, type: "number", ...bounds });
  entry.value = schema.default ?? "";
  const value = () => (entry.value === "" ? undefined : Number(entry.value));
  if (bounds.min === undefined || bounds.max === undefined) return { control: entry, value };
  const slider = make("input", { type: "range", "aria-label": "slider", ...bounds });
  slider.value = entry.value || bounds.min;
  slider.addEventListener("input", () => { entry.value = slider.value; });
  entry.addEventListener("input", () => { slider.value = entry.value; });
  return { control: make("div", { class: "slide" }, slider, entry), value };
}

const bound = (value) => (value === undefined ? undefined : String(value));

function tick(id, schema) {
  const control = make("input", { id, type: "checkbox" });
  control.checked = Boolean(schema.default);
  return { control, tick: true, value: () => control.checked };
}

function choice(id, schema, required) {
  const options = schema.enum.map((each) => make("option", { value: JSON.stringify(each) }, String(each)));
  if (!required && schema.default === undefined) options.unshift(make("option", { value: "" }, ""));
  const control = make("select", { id }, ...options);
  if (schema.default !== undefined) control.value = JSON.stringify(schema.default);
  return { control, value: () => (control.value === "" ? undefined : JSON.parse(control.value)) };
}

function choices(id, schema) {
  const options = schema.items.enum.map((each) => make("option", { value: JSON.stringify(each) }, String(each)));
  const control = make("select", { id, multiple: true }, ...options);
  return { control, value: () => [...control.selectedOptions].map((each) => JSON.parse(each.value)) };
}

function json(id, schema) {
  const control = make("textarea", { id, class: "code", rows: "3", placeholder: schema.type === "array" ? "[…]" : "JSON" });
  if (schema.default !== undefined) control.value = JSON.stringify(schema.default);
  const value = () => {
    if (control.value.trim() === "") return undefined;
    try {
      return JSON.parse(control.value);
    } catch (error) {
      throw new Error(`${id.replace("field-", "")} is not JSON: ${error.message}`);
    }
  };
  return { control, value };
}

function file(id, schema, many) {
  const kind = schema["x-media"];
  const accept = ["image", "audio", "video"].includes(kind) ? `${kind}/*` : undefined;
  const control = make("input", { id, type: "file", multiple: many, accept });
  const shown = make("div", { class: "gallery" });
  control.addEventListener("change", () => {
    shown.replaceChildren(...[...control.files].filter((each) => each.type.startsWith("image/")).map(preview));
  });
  const value = async () => {
    const read = await Promise.all([...control.files].map(upload));
    return many ? (read.length ? read : undefined) : read[0];
  };
  return { control: make("div", {}, control, shown), value };
}

function preview(chosen) {
  return make("img", { src: URL.createObjectURL(chosen), alt: chosen.name });
}

function upload(chosen) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ data: reader.result.split(",", 2)[1] ?? "", mime_type: chosen.type, display_name: chosen.name });
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(chosen);
  });
}
