import assert from "node:assert/strict";
import { test } from "node:test";
import { findMarkers } from "#dist/chat/prompt/markers.js";
import { mark, unmark } from "#dist/chat/prompt/marks.js";
import { PromptWriter } from "#dist/chat/prompt/writer.js";
import { type BuiltInName, builtInTemplate } from "#dist/chat/templates/built-in.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { SPM_START, spmMetadata, u32 } from "../../tokenizer/vocabularies.js";

test("markers are found in what templates write, and in little else", () => {
  assert.deepEqual(findMarkers("<s>[INST] <<SYS>>\n<</SYS>>\n\n [/INST] </s>"), [
    "<s>",
    "[INST]",
    "<<SYS>>",
    "<</SYS>>",
    "[/INST]",
    "</s>",
  ]);
  assert.deepEqual(findMarkers("<｜User｜><|eot_id|>"), ["<｜User｜>", "<|eot_id|>"]);
  assert.deepEqual(findMarkers("### Instruction:\nUser: x\nUSER: y<step> Source: z").sort(), [
    "### Instruction:",
    "<step>",
    "Source:",
    "USER:",
    "User:",
  ]);
  assert.deepEqual(findMarkers("Here 1 < 2, a[i] and x > y, see Note: there"), []);
});

test("marks leave white space and letters of other scripts, and come off again", () => {
  const text = "Hi [INST]\n\té 中 \u{1f600} </s>";
  const marked = mark(text);
  assert.equal(marked.length, text.length);
  assert.doesNotMatch(marked, /[!-~]/);
  assert.equal(unmark(marked), text);
  assert.equal(unmark("\u{1f600}"), "\u{1f600}");
});

test("an answer ends where the template would go on", async () => {
  const special = ["<|im_end|>", "<|eot_id|>", "<step>"].map((piece) => ({ piece, type: 3 }));
  const keys = { "tokenizer.ggml.bos_token_id": u32(1), "tokenizer.ggml.eos_token_id": u32(2) };
  const tokenizer = Tokenizer.fromMetadata(spmMetadata([...SPM_START, ...special, { piece: "▁", score: -1 }], keys));
  const wanted: readonly (readonly [BuiltInName, readonly string[], readonly string[]])[] = [
    ["llama2", ["</s>", "<s>"], ["[INST]"]],
    ["mistral", ["</s>"], ["[INST]"]],
    ["codellama-70b", ["<step>"], []],
    ["chatml", ["<|im_end|>"], ["<|im_start|>"]],
    ["llama3", ["<|eot_id|>"], ["<|start_header_id|>", "<|end_header_id|>"]],
    ["vicuna", ["</s>"], ["\nUSER:"]],
    ["zephyr", ["</s>"], ["<|user|>"]],
    ["completion", [], ["\nUser:"]],
  ];
  for (const [name, tokens, texts] of wanted) {
    const writer = await PromptWriter.create(builtInTemplate(name, { bos: "<s>", eos: "</s>" }), tokenizer);
    assert.deepEqual(
      [...writer.endIds].map((id) => tokenizer.piece(id)),
      tokens,
      name,
    );
    assert.deepEqual(writer.stops, texts, name);
  }
});
