import { expect, test } from "vitest";
import { serviceOf } from "./spec";

const operation = (name: string, more: object = {}) => ({
  post: {
    description: `What ${name} does.`,
    requestBody: {
      content: { "application/json": { schema: { $ref: `#/components/schemas/${name}_arguments` } } },
    },
    "x-starwhale": { inference_type: null },
    ...more,
  },
});
const DOCUMENT = {
  info: { title: "Digits" },
  paths: {
    "/api/read": operation("read"),
    "/api/talk": operation("talk", { "x-starwhale": { inference_type: "llm_chat" } }),
    "/api/spec": { get: {} },
    "/healthz": { get: {} },
  },
  components: {
    schemas: {
      Mood: { enum: ["glad", "sad"], type: "string" },
      read_arguments: {
        required: ["picture", "mood"],
        properties: {
          picture: { type: "string", format: "binary", "x-media": "image", title: "Picture" },
          sounds: { type: "array", items: { type: "string", format: "binary", "x-media": "audio" } },
          mood: { $ref: "#/components/schemas/Mood", description: "How it feels." },
          share: {
            anyOf: [{ type: "number" }, { type: "null" }],
            default: 0.5,
            minimum: 0,
            maximum: 1,
            "x-step": 0.1,
          },
          tags: { type: "array", items: { enum: ["a", "b"] } },
          deep: { type: "object", title: "All of it" },
          fast: { type: "boolean", default: true },
          note: { type: "string", default: "" },
          turns: { type: "integer" },
        },
      },
      talk_arguments: {
        properties: {
          user_input: { type: "string" },
          history: { type: "array" },
          top_k: { type: "integer" },
        },
      },
    },
  },
};

test("a form is made of what a service says of its functions", () => {
  const service = serviceOf(DOCUMENT);
  expect(service.title).toBe("Digits");
  expect(service.functions.map(({ name, path, chats }) => [name, path, chats])).toEqual([
    ["read", "api/read", false],
    ["talk", "api/talk", true],
  ]);
  const inputs = service.functions[0]?.inputs ?? [];
  expect(inputs.map(({ name, control, media }) => [name, control, media])).toEqual([
    ["picture", "file", "image"],
    ["sounds", "files", "audio"],
    ["mood", "choice", ""],
    ["share", "number", ""],
    ["tags", "choices", ""],
    ["deep", "json", ""],
    ["fast", "yes", ""],
    ["note", "text", ""],
    ["turns", "integer", ""],
  ]);
  expect(inputs[2]).toMatchObject({ required: true, choices: ["glad", "sad"], description: "How it feels." });
  expect(inputs[3]).toMatchObject({ required: false, usual: 0.5, least: 0, most: 1, step: 0.1 });
  expect(inputs[5]?.title).toBe("All of it");
  expect(inputs[0]?.title).toBe("picture");
});

test("an input that is secret is told by its schema or its name", () => {
  const properties = {
    words: { type: "string" },
    tokens: { type: "string" },
    pin: { type: "string", format: "password", writeOnly: true },
    api_key: { type: "string" },
    max_new_token: { type: "integer" },
  };
  const document = {
    paths: { "/api/ask": operation("ask") },
    components: { schemas: { ask_arguments: { properties } } },
  };
  const inputs = serviceOf(document).functions[0]?.inputs ?? [];
  expect(inputs.filter(({ secret }) => secret).map(({ name }) => name)).toEqual(["pin", "api_key"]);
});

test("a chat asks by itself for what is said", () => {
  expect(serviceOf(DOCUMENT).functions[1]?.inputs.map(({ name }) => name)).toEqual(["top_k"]);
});

test("a service that nobody gave a title has none", () => {
  expect(serviceOf({ info: { title: "Starwhale Model Serving" } }).title).toBe("");
});

test("what is no description has no functions", () => {
  for (const text of [null, "x", [], { paths: { "/api/x": null } }])
    expect(serviceOf(text)).toEqual({ title: "", functions: [] });
  const endless = {
    paths: { "/api/x": operation("x") },
    components: { schemas: { x_arguments: { $ref: "#/components/schemas/x_arguments" } } },
  };
  expect(serviceOf(endless).functions[0]?.inputs).toEqual([]);
});
