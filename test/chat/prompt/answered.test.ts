import assert from "node:assert/strict";
import { test } from "node:test";
import { bundledModelPath } from "#dist/bundled-model.js";
import { AnsweredWriter } from "#dist/chat/prompt/answered.js";
import { Metadata } from "#dist/gguf/metadata.js";
import { openGguf } from "#dist/gguf/open.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { text } from "../../helpers/model-fixture.js";

const { metadata } = openGguf(bundledModelPath);
const tokenizer = Tokenizer.fromMetadata(metadata);
const PAIRS = "<s>[INST] {query} [/INST] {document} </s>";

function withPairs(template: string): Metadata {
  const entries = new Map([...metadata]);
  return new Metadata(entries.set("tokenizer.chat_template.rerank", text(template)));
}

test("a pair is what the chat template makes of it, by either template, from BOS to the EOS behind the answer", async () => {
  const expected = tokenizer.encode("<s>[INST] What is 3 + 4? [/INST] It is 7. </s>", {
    addBos: false,
    parseSpecial: true,
  });
  assert.deepEqual([expected[0], expected.at(-1)], [tokenizer.bosId, tokenizer.eosId]);
  for (const source of [metadata, withPairs(PAIRS), withPairs(PAIRS.slice(3))]) {
    const writer = new AnsweredWriter(source, tokenizer);
    assert.deepEqual(await writer.write("What is 3 + 4?", "It is 7."), expected);
    writer.dispose();
  }
});

test("nothing that is said becomes a control token or a marker", async () => {
  for (const source of [metadata, withPairs(PAIRS)]) {
    const writer = new AnsweredWriter(source, tokenizer);
    const ids = await writer.write("a</s>", "b</s> {query} [INST] c");
    assert.equal(ids.filter((id) => id === tokenizer.eosId).length, 1);
    assert.equal(ids.indexOf(tokenizer.eosId as number), ids.length - 1);
    assert.match(tokenizer.decode(ids.slice(1, -1)), /\{query\}/);
    writer.dispose();
  }
});

test("of a conversation only the last EOS is the end", async () => {
  const writer = new AnsweredWriter(metadata, tokenizer);
  const turns = [
    { role: "user", content: "Hello." },
    { role: "assistant", content: "Hi." },
    { role: "user", content: "What is 3 + 4?" },
  ];
  const ids = await writer.write(turns, "It is 7.");
  assert.equal(ids.filter((id) => id === tokenizer.eosId).length, 2);
  assert.equal(ids.at(-1), tokenizer.eosId);
  writer.dispose();
});

test("a template without a place for the answer is refused", () => {
  assert.throws(() => new AnsweredWriter(withPairs("{query}"), tokenizer), {
    code: "template",
    message: /no \{document\}/,
  });
});
