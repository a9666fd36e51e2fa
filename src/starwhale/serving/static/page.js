// The page to try functions out: a list of them, a form for each, and what came back.
import { argumentsOf, Form, make } from "./form.js";
import { chat } from "./chat.js";

const main = document.getElementById("main");
const list = document.getElementById("functions");

async function start() {
  const found = await (await fetch("openapi.json")).json();
  document.title = found.info.title;
  document.getElementById("title").textContent = found.info.title;
  const functions = Object.entries(found.paths)
    .filter(([path, each]) => path.startsWith("/api/") && each.post)
    .map(([path, each]) => ({ path: path.slice(1), name: path.slice(5), operation: each.post }));
  const show = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    const chosen = functions.find((each) => each.name === name) ?? functions[0];
    list.replaceChildren(...functions.map((each) => link(each, each === chosen)));
    main.replaceChildren(card(chosen, found));
  };
  addEventListener("hashchange", show);
  show();
}

function link(each, current) {
  return make("a", { href: `#${encodeURIComponent(each.name)}`, "aria-current": current ? "page" : undefined }, each.name);
}

function card(each, found) {
  const { operation } = each;
  const head = [make("h2", {}, each.name)];
  if (operation.description) head.push(make("p", { class: "about" }, operation.description));
  const kind = operation["x-starwhale"].inference_type;
  const body = kind === "llm_chat" ? chat(each, found, ask) : trial(each, found);
  return make("section", { class: "card" }, ...head, body);
}

function trial(each, found) {
  const form = new Form(argumentsOf(each.operation, found), found);
  const run = make("button", { class: "main", type: "submit" }, "Run");
  const stop = make("button", { type: "button", disabled: true }, "Stop");
  const state = make("span", { class: "faint", role: "status" });
  const result = make("div", { class: "gallery", "aria-live": "polite" });
  const node = make("form", {}, form.node, make("div", { class: "row" }, run, stop, state), make("h3", {}, "Result"), result);
  let under = null;
  stop.addEventListener("click", () => under?.abort());
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    under = new AbortController();
    run.disabled = true;
    stop.disabled = false;
    state.textContent = "running …";
    const began = performance.now();
    result.replaceChildren();
    try {
      const values = await form.values();
      await ask(each.path, values, (piece, whole) => {
        if (whole) result.replaceChildren(...shown(piece));
        else result.append(...shown(piece));
      }, under.signal);
    } catch (error) {
      result.append(failure(error));
    }
    state.textContent = `${Math.round(performance.now() - began)} ms`;
    run.disabled = false;
    stop.disabled = true;
  });
  return node;
}

// Calls a function; `take(value, whole)` gets the result, or each piece of it.
export async function ask(path, values, take, signal) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify(values),
    signal,
  });
  const type = answer.headers.get("content-type") ?? "";
  if (!answer.ok) throw new Error(problem(await answer.json().catch(() => ({ detail: answer.statusText }))));
  if (!type.startsWith("text/event-stream")) {
    const value = type.startsWith("application/json") ? await answer.json() : await answer.text();
    take(value, true);
    return;
  }
  for await (const { event, data } of events(answer.body)) {
    if (event === "error") throw new Error(problem(data));
    if (event === "message") take(data, false);
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n");
      const data = lines.find((line) => line.startsWith("data: "));
      const event = lines.find((line) => line.startsWith("event: "));
      if (data) yield { event: event ? event.slice(7) : "message", data: JSON.parse(data.slice(6)) };
    }
  }
}

function problem(told) {
  const hint = told.hint ? ` (${told.hint})` : "";
  return `${told.detail ?? "it failed"}${hint}`;
}

export function failure(error) {
  const text = error.name === "AbortError" ? "stopped" : error.message;
  return make("p", { class: "bad", role: "alert" }, text);
}

// Values as people see them: pictures and sounds as such, the rest as text.
export function shown(value) {
  if (Array.isArray(value) && value.length && value.every(isMedia)) return value.flatMap(shown);
  if (isMedia(value)) return [media(value)];
  if (typeof value === "string") return [make("pre", {}, value)];
  return [make("pre", {}, JSON.stringify(value, null, 2))];
}

const isMedia = (value) => value && typeof value === "object" && "_type" in value && typeof value.data === "string" && "mime_type" in value;

function media(value) {
  const source = `data:${value.mime_type};base64,${value.data}`;
  const name = value.display_name || "result";
  if (value.mime_type.startsWith("image/")) return make("img", { src: source, alt: name });
  if (value.mime_type.startsWith("audio/")) return make("audio", { src: source, controls: true });
  if (value.mime_type.startsWith("video/")) return make("video", { src: source, controls: true });
  return make("a", { href: source, download: name }, `download ${name}`);
}

start().catch((error) => main.replaceChildren(failure(error)));
