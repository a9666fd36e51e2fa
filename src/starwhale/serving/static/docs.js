// The API reference: what openapi.json says, for people.
import { make, resolved } from "./form.js";

const main = document.getElementById("main");

async function start() {
  const found = await (await fetch("openapi.json")).json();
  document.title = `${found.info.title}: API reference`;
  document.getElementById("title").textContent = document.title;
  const cards = Object.entries(found.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => card(path, method, operation, found)));
  main.replaceChildren(...cards);
}

function card(path, method, operation, found) {
  const parts = [make("h2", {}, make("span", { class: "method" }, method.toUpperCase()), " ", path)];
  const about = operation.description || operation.summary;
  if (about) parts.push(make("p", { class: "about" }, about));
  const content = operation.requestBody?.content ?? {};
  if (content["application/json"]) {
    const schema = resolved(content["application/json"].schema, found);
    if (Object.keys(schema.properties ?? {}).length) parts.push(make("h3", {}, "Arguments"), table(schema, found));
    parts.push(make("p", { class: "faint" }, `as ${Object.keys(content).join(" or ")}`));
  }
  const answers = Object.entries(operation.responses).map(([status, each]) =>
    make("tr", {}, make("td", {}, status), make("td", {}, each.description), make("td", {}, Object.keys(each.content ?? {}).join(", "))));
  parts.push(make("h3", {}, "Answers"), make("table", {}, ...answers));
  if (method === "post" && path.startsWith("/api/")) parts.push(make("h3", {}, "From a shell"), make("pre", {}, shell(path, content, found)));
  return make("section", { class: "card" }, ...parts);
}

function table(schema, found) {
  const rows = Object.entries(schema.properties).map(([name, given]) => {
    const each = resolved(given, found);
    const needed = (schema.required ?? []).includes(name) ? "required" : each.default !== undefined ? `default ${JSON.stringify(each.default)}` : "optional";
    return make("tr", {}, make("td", {}, name), make("td", {}, kindOf(each)), make("td", {}, needed));
  });
  return make("table", {}, ...rows);
}

function kindOf(schema) {
  if (schema["x-media"]) return schema.type === "array" ? `list of ${schema["x-media"]}` : schema["x-media"];
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
  if (schema.type === "array") return `list of ${kindOf(schema.items ?? {})}`;
  return schema.type ?? "any";
}

function shell(path, content, found) {
  const schema = resolved(content["application/json"].schema, found);
  const entries = Object.entries(schema.properties ?? {}).map(([name, given]) => [name, resolved(given, found)]);
  const url = new URL(path.slice(1), document.baseURI);
  const files = entries.filter(([, each]) => each["x-media"] && each.format === "binary");
  if (files.length) {
    const fields = entries.map(([name, each]) => ` -F ${name}=${each["x-media"] && each.format ? "@FILE" : "…"}`).join("");
    return `curl ${url}${fields}`;
  }
  const body = Object.fromEntries(entries.map(([name, each]) => [name, each.default ?? sample(each)]));
  return `curl ${url} -H 'content-type: application/json' -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`;
}

function sample(schema) {
  if (schema.enum) return schema.enum[0];
  return { string: "…", integer: 0, number: 0, boolean: false, array: [], object: {} }[schema.type] ?? null;
}

start().catch((error) => main.replaceChildren(make("p", { class: "bad" }, error.message)));
