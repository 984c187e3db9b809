import assert from "node:assert/strict";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { formatModelReference, parseModelReference } from "#dist/hub/reference.js";

const hub = (repo: string, more: object = {}) => ({ kind: "hub", repo, ...more });

test("what a person writes for a model is understood", () => {
  const cases: [string, object][] = [
    ["hf:o/r", hub("o/r")],
    ["HF:o/r", hub("o/r")],
    ["hf://o/r", hub("o/r")],
    ["hf:o/r:Q4_K_M", hub("o/r", { quant: "Q4_K_M" })],
    ["hf:o/r:UD-Q4_K_XL@v1.0", hub("o/r", { quant: "UD-Q4_K_XL", revision: "v1.0" })],
    ["hf:o/r/sub/m.gguf@refs/pr/3", hub("o/r", { file: "sub/m.gguf", revision: "refs/pr/3" })],
    ["hf:o/r/odd@name.gguf@main", hub("o/r", { file: "odd@name.gguf", revision: "main" })],
    ["hf:o_o/r.1-2_x", hub("o_o/r.1-2_x")],
    ["https://huggingface.co/o/r", hub("o/r")],
    ["https://hf.co/o/r:Q8_0", hub("o/r", { quant: "Q8_0" })],
    ["hf.co/o/r:Q8_0", hub("o/r", { quant: "Q8_0" })],
    ["huggingface.co/o/r", hub("o/r")],
    ["https://huggingface.co/o/r/", hub("o/r")],
    ["https://huggingface.co/o/r/tree/main", hub("o/r", { revision: "main" })],
    ["https://huggingface.co/o/r/tree/main/Q8_0", hub("o/r", { revision: "main", file: "Q8_0" })],
    ["https://huggingface.co/o/r/tree/refs%2Fpr%2F1", hub("o/r", { revision: "refs/pr/1" })],
    ["https://huggingface.co/o/r/blob/main/a/m.gguf", hub("o/r", { revision: "main", file: "a/m.gguf" })],
    [
      "https://huggingface.co/o/r/resolve/main/m%201.gguf?download=true",
      hub("o/r", { revision: "main", file: "m 1.gguf" }),
    ],
    ["https://huggingface.co/o/r?show_file_info=m-Q2_K.gguf", hub("o/r", { file: "m-Q2_K.gguf" })],
    ["https://example.org/a/m.gguf#part", { kind: "url", url: "https://example.org/a/m.gguf" }],
    ["http://localhost:8080/m.gguf?x=1", { kind: "url", url: "http://localhost:8080/m.gguf?x=1" }],
    [
      "ollama:llama2",
      { kind: "ollama", host: "registry.ollama.ai", namespace: "library", model: "llama2", tag: "latest" },
    ],
    [
      "ollama:me/m:7b-q4_0",
      { kind: "ollama", host: "registry.ollama.ai", namespace: "me", model: "m", tag: "7b-q4_0" },
    ],
    ["ollama:hf.co/o/r:Q4_K_M", { kind: "ollama", host: "hf.co", namespace: "o", model: "r", tag: "Q4_K_M" }],
    ["ollama:my.host:5000/a/b", { kind: "ollama", host: "my.host:5000", namespace: "a", model: "b", tag: "latest" }],
    ["model.gguf", { kind: "path", path: "model.gguf" }],
    ["./hf.co/o/r", { kind: "path", path: "./hf.co/o/r" }],
    ["C:\\models\\m.gguf", { kind: "path", path: "C:\\models\\m.gguf" }],
    ["d:/models/m.gguf", { kind: "path", path: "d:/models/m.gguf" }],
    ["\\\\server\\share\\m.gguf", { kind: "path", path: "\\\\server\\share\\m.gguf" }],
    ["a:b.gguf", { kind: "path", path: "a:b.gguf" }],
    ["llama:7b", { kind: "path", path: "llama:7b" }],
  ];
  for (const [text, expected] of cases) {
    assert.deepEqual(JSON.parse(JSON.stringify(parseModelReference(text))), expected, text);
  }
});

test("pages of the endpoint are known, below its path too", () => {
  const endpoint = "https://hub.example.org/hf";
  const expected = hub("o/r", { file: "m.gguf", revision: "v2" });
  const found = parseModelReference("https://hub.example.org/hf/o/r/resolve/v2/m.gguf", endpoint);
  assert.deepEqual(JSON.parse(JSON.stringify(found)), expected);
});

test("what is malformed is refused with how it is written", () => {
  const cases: [string, RegExp][] = [
    ["", /is empty/],
    ["hf:", /does not name an owner and a repository; .*hf:OWNER\/REPO/],
    ["hf:gpt2", /does not name an owner/],
    ["hf:o/", /names the repository o\//],
    ["hf:o/r:", /no quantization after its colon/],
    ["hf:o/r/", /no file after its slash/],
    ["hf:o/r@", /no revision after its @/],
    ["hf:o/r@main/m.gguf", /a file where its revision should be/],
    ["hf:o/r/m.gguf:Q4_0", /a quantization or a file, not both/],
    ["hf:o/r:Q4 0", /not letters, digits/],
    ["hf:o/r#main", /has a #; .*@REVISION/],
    ["hf:o/../r", /names the repository/],
    ["hf:o/a--b", /names the repository/],
    ["hf:-o/r", /names the repository/],
    ["hf:o/r@../../x", /git does not allow/],
    ["hf:o/r@a b", /git does not allow/],
    ["https://huggingface.co/datasets/o/r", /not the page of a model/],
    ["https://huggingface.co/o/r/discussions/1", /neither files nor a file/],
    ["https://huggingface.co/o", /names the repository/],
    ["https://huggingface.co/o/r/blob/main/%zz", /damaged escape/],
    ["https://", /not a valid address/],
    ["https:example", /not a valid address/],
    ["ollama:", /not the name of an ollama model/],
    ["ollama:a/b/c/d", /not the name of an ollama model/],
    ["ollama:../../x", /not the name of an ollama model/],
    ["s3://bucket/m.gguf", /begins with s3:\/\//],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => parseModelReference(text),
      (error) => error instanceof LlamaError && error.code === "option" && message.test(error.message),
      text,
    );
  }
});

test("a password in an address is refused, and not shown", () => {
  assert.throws(
    () => parseModelReference("https://me:secret@example.org/m.gguf"),
    (error) => error instanceof LlamaError && !error.message.includes("secret"),
  );
});

test("a reference is written as it was read", () => {
  for (const text of [
    "hf:o/r",
    "hf:o/r:Q8_0@v1",
    "hf:o/r/a/m.gguf@main",
    "ollama:m:latest",
    "ollama:n/m:7b",
    "m.gguf",
  ]) {
    assert.equal(formatModelReference(parseModelReference(text)), text);
  }
});
