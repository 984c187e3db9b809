import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../helpers/paths.js";
import { client } from "../helpers/served.js";

const { post } = client();
const PAGE = readFileSync(join(root, "SERVER.md"), "utf8");
const TOOL = { type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } };
const MESSAGES = [{ role: "user", content: "Hello" }];

/** What each endpoint is asked with, besides the field that is tried; undefined leaves a field of it out. */
const BASES: Readonly<Record<string, object>> = {
  "/v1/chat/completions": { messages: MESSAGES, max_tokens: 1 },
  "/v1/completions": { prompt: "a", max_tokens: 1 },
  "/v1/responses": { input: "a", max_output_tokens: 1 },
  "/v1/embeddings": { input: "a" },
  "/completion": { prompt: "a", n_predict: 1 },
  "/infill": { input_prefix: "a", n_predict: 1 },
  "/embedding": { content: "a" },
  "/tokenize": { content: "a" },
  "/detokenize": { tokens: [5] },
  "/apply-template": { messages: MESSAGES },
  "/api/chat": { messages: MESSAGES, options: { num_predict: 1 } },
  "/api/generate": { prompt: "a", options: { num_predict: 1 } },
  "/api/embed": { input: "a" },
  "/api/embeddings": { prompt: "a" },
};

/** Fields that a field needs beside it, or cannot stand beside. */
const BESIDE: Readonly<Record<string, object>> = {
  top_logprobs: { logprobs: true },
  stream_options: { stream: true },
  n_predict: { max_tokens: undefined },
  max_completion_tokens: { max_tokens: undefined },
  max_tokens: { n_predict: undefined },
  tool_choice: { tools: [TOOL] },
  json_schema: { max_tokens: undefined, n_predict: undefined, max_output_tokens: undefined },
};

const EXAMPLES: Readonly<Record<string, unknown>> = {
  ...{ model: "llama2", stop: ["x"], grammar: 'root ::= "a"', json_schema: { const: 1 }, ignore_eos: true, lora: [] },
  ...{ response_format: { type: "text" }, samplers: ["top_k"], logit_bias: { 5: 1 }, dry_sequence_breakers: ["x"] },
  ...{ messages: MESSAGES, max_tokens: 1, max_completion_tokens: 1, n_predict: 1, max_output_tokens: 1, n: 1 },
  ...{ tools: [TOOL], tool_choice: "none", parallel_tool_calls: false, top_logprobs: 1, stream: true },
  ...{ stream_options: { include_usage: true }, prompt: "a", input: "a", content: "a", instructions: "a", echo: true },
  ...{ text: { format: { type: "text" } }, dimensions: 4, pooling: "last", encoding_format: "float", n_probs: 1 },
  ...{ return_tokens: true, response_fields: ["content"], n_indent: 1, t_max_predict_ms: 1000, input_prefix: "a" },
  ...{ input_suffix: "b", input_extra: [], spm_infill: false, embd_normalize: -1, add_special: true, tokens: [5] },
  ...{ parse_special: true, with_pieces: true, format: "", options: { seed: 1, num_predict: 1 }, raw: true },
  ...{ suffix: "b", system: "a", truncate: true, id_slot: 0, mirostat: 1, seed: 1, min_keep: 1, xtc_threshold: 0.2 },
  ...{ service_tier: "auto", store: false, best_of: 1 },
};

interface Row {
  readonly path: string;
  readonly honoured: readonly string[];
  readonly indifferent: readonly string[];
  readonly only: readonly (readonly [name: string, value: unknown])[];
}

function names(text: string): string[] {
  return [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? "");
}

function paragraph(beginning: string): string {
  return (PAGE.split("\n\n").find((text) => text.startsWith(beginning)) ?? "").replaceAll("\n", " ");
}

function rows(): Row[] {
  const sampling = names(paragraph("Fields of **sampling**"));
  const [answers = "", indifferent = ""] = paragraph("Fields of every **answer**").split(/; (?=`user`|`service)/);
  return [...PAGE.matchAll(/^\| `(\/.*?)` \| (.*?) \| (.*?) ?\| (.*?) ?\|$/gm)].map(
    ([, path = "", honoured = "", ignored = "", only = ""]) => {
      const isAnswer = honoured.startsWith("answer");
      const pairs = [...only.matchAll(/`(\w+)` `(.*?)`/g)].map(
        ([, name = "", value = ""]) => [name, JSON.parse(value) as unknown] as const,
      );
      return {
        path,
        honoured: [...(isAnswer ? [...sampling, ...names(answers)] : []), ...names(honoured.replace(/\(.*?\)/g, ""))],
        indifferent: [...(isAnswer ? names(indifferent) : []), ...names(ignored)],
        only: isAnswer ? [...pairs, ["service_tier", "auto"], ["store", false]] : pairs,
      };
    },
  );
}

async function ask(path: string, fields: object): Promise<{ status: number; text: string }> {
  const response = await post(path, { ...BASES[path], ...fields });
  return { status: response.status, text: await response.text() };
}

function example(path: string, name: string): object {
  const given = Object.hasOwn(EXAMPLES, name) ? EXAMPLES[name] : 1;
  const isCount = path === "/v1/completions" && name === "logprobs";
  const value = name === "logprobs" ? (isCount ? 1 : true) : given;
  return { ...BESIDE[name], [name]: value, ...(name === "top_logprobs" && { logprobs: true }) };
}

test("every field of the page is taken, and refused with another value where it is only so", async () => {
  const found = rows();
  assert.deepEqual(found.map(({ path }) => path).sort(), Object.keys(BASES).sort());
  for (const { path, honoured, indifferent, only } of found) {
    for (const name of [...honoured, ...indifferent]) {
      const { status, text } = await ask(path, example(path, name));
      // The model in the package cannot fill in; all fields are read before that is said.
      const isFilling = path === "/infill" || (path === "/api/generate" && name === "suffix");
      assert.equal(status, isFilling ? 501 : 200, `${path} ${name}: ${text}`);
    }
    for (const [name, value] of only) {
      const right = await ask(path, { [name]: value });
      assert.equal(right.status, path === "/infill" ? 501 : 200, `${path} ${name}: ${right.text}`);
      const wrong = await ask(path, { [name]: { other: "value" } });
      assert.equal(wrong.status, 400, `${path} ${name}`);
      assert.match(wrong.text, new RegExp(name));
    }
  }
});

test("every field that the page does not have is refused by its name", async () => {
  const found = rows();
  const universe = new Set(
    found.flatMap(({ honoured, indifferent, only }) => [...honoured, ...indifferent, ...only.map(([name]) => name)]),
  );
  for (const name of [
    "audio",
    "functions",
    "function_call",
    "web_search_options",
    "best",
    "__proto__",
    "constructor",
  ]) {
    universe.add(name);
  }
  for (const { path, honoured, indifferent, only } of found) {
    const known = new Set([...honoured, ...indifferent, ...only.map(([name]) => name)]);
    // Other words for the same, which the page has in a remark.
    if (path === "/embedding") known.add("input");
    if (path === "/v1/responses") known.add("prompt");
    for (const name of universe) {
      if (known.has(name)) continue;
      const body = `${JSON.stringify(BASES[path]).slice(0, -1)},${JSON.stringify(name)}:1}`;
      const response = await post(path, body);
      const text = await response.text();
      assert.equal(response.status, 400, `${path} takes ${name}: ${text}`);
      assert.ok(text.includes(name), `${path} ${name}: ${text}`);
    }
  }
});

test("members of messages and tools that nobody knows are refused by their names", async () => {
  const param = async (path: string, body: object) => {
    const response = await post(path, { ...BASES[path], ...body });
    assert.equal(response.status, 400);
    return ((await response.json()) as { error: { param: string } }).error.param;
  };
  const chat = "/v1/chat/completions";
  const message = (more: object) => ({ messages: [{ role: "user", content: "a", ...more }] });
  assert.equal(await param(chat, message({ contents: "b" })), "messages[0].contents");
  assert.equal(await param(chat, message({ tool_calls: [] })), "messages[0].tool_calls");
  assert.equal(await param(chat, message({ audio: { id: "x" } })), "messages[0].audio");
  assert.equal(
    await param(chat, { tools: [{ ...TOOL, function: { ...TOOL.function, arguments: {} } }] }),
    "tools.arguments",
  );
  assert.equal(await param("/v1/responses", { input: [{ role: "user", content: "a", text: "b" }] }), "input[0].text");
  const sentBack = {
    role: "assistant",
    content: "b",
    refusal: null,
    annotations: [],
    audio: null,
    function_call: null,
  };
  assert.equal((await ask(chat, { messages: [...MESSAGES, sentBack, ...MESSAGES] })).status, 200);
});
