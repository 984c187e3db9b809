import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { root } from "../helpers/paths.js";
import { sentence } from "../helpers/sentence.js";
import { bool, bpeMetadata, SPM_START, spmMetadata } from "./vocabularies.js";

const noPrefix = { "tokenizer.ggml.add_space_prefix": bool(false) };
const spm = Tokenizer.fromMetadata(
  spmMetadata([...SPM_START, ...["a", "b", "ab", "abab"].map((piece) => ({ piece }))], noPrefix),
);
const bpe = Tokenizer.fromMetadata(bpeMetadata(["a b", "ab ab"], [{ piece: "<user>", type: 4 }]));
const plain = { addBos: false };

test("a text of as many tokens as there is room for is encoded, and one more is refused", () => {
  for (const tokenizer of [spm, bpe]) {
    for (const text of ["ab".repeat(40), "b".repeat(20), "aab".repeat(10)]) {
      const ids = tokenizer.encode(text, plain);
      assert.deepEqual(tokenizer.encode(text, { ...plain, tokenLimit: ids.length }), ids);
      assert.throws(
        () => tokenizer.encode(text, { ...plain, tokenLimit: ids.length - 1 }),
        sentence(
          "context",
          /The text is at least \d+ tokens long, but there is room for \d+ at most; shorten it, or use a larger context\./,
        ),
      );
    }
  }
  assert.throws(() => spm.encode("a", { tokenLimit: 1 }), sentence("context", /at least 2 tokens/));
  assert.throws(() => bpe.encode("<user>".repeat(9), { tokenLimit: 8 }), sentence("context", /at least 9 tokens/));
  assert.deepEqual(spm.encode("", { tokenLimit: 1 }), [1]);
  assert.throws(() => spm.encode("a", { tokenLimit: Number.NaN }), sentence("option", /tokenLimit must be a number/));
});

test("texts of any length are refused without their tokens being made, with and without a limit", () => {
  // V8 aborts the process on an array of 113 million ids; here each text would have 120 million and more.
  const script = `
    const { Tokenizer } = await import(${JSON.stringify(join(root, "dist/tokenizer/tokenizer.js"))});
    const tokenizer = await Tokenizer.load(${JSON.stringify(join(root, "models/tiny-llama-Q8_0.gguf"))});
    tokenizer.encode("warm");
    const texts = ["\\n".repeat(120e6), "a".repeat(300e6)];
    const short = [texts[0].slice(0, 10e6), texts[1].slice(0, 10e6), "The cat. ".repeat(1.2e6)];
    const before = process.resourceUsage().maxRSS;
    const says = [];
    for (const [text, tokenLimit] of [...texts.map((t) => [t]), ...short.map((t) => [t, 512])]) {
      try {
        tokenizer.encode(text, { tokenLimit });
      } catch (error) {
        says.push(error.name + " " + error.code);
      }
    }
    console.log(JSON.stringify({ says, megabytes: (process.resourceUsage().maxRSS - before) / 1000 }));
  `;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const { says, megabytes } = JSON.parse(output) as { says: string[]; megabytes: number };
  assert.deepEqual(says, new Array(5).fill("LlamaError context"));
  assert.ok(megabytes < 20, `${megabytes} MB`);
});

test("a word that cannot fit is refused before it is merged, whatever came before it", () => {
  const text = `${"b".repeat(5)} ${"ab".repeat(100_000)}`;
  assert.throws(() => spm.encode(text, { tokenLimit: 50_000 }), sentence("context", /at least 5\d{4} tokens/));
});

test("special tokens that nearly match at every place are passed over in linear time", () => {
  const long = `${"a".repeat(127)}b`;
  const tokenizer = Tokenizer.fromMetadata(
    bpeMetadata(
      [],
      [
        { piece: long, type: 4 },
        { piece: "aab", type: 4 },
      ],
    ),
  );
  const text = "a".repeat(1 << 20);
  assert.equal(tokenizer.encode(text).length, text.length);
  assert.deepEqual(tokenizer.encode(`${text}b`).at(-1), 256);
  assert.deepEqual(tokenizer.encode("aaab"), [97, 257]);
});

test("a vocabulary of 200,000 user-defined pieces is searched as fast as one of few", () => {
  const others = Array.from({ length: 200_000 }, (_, i) => ({ piece: `<${i.toString(36)}>`, type: 4 }));
  const tokenizer = Tokenizer.fromMetadata(bpeMetadata([], others));
  const id = 256 + 123_456;
  const text = `hi${tokenizer.piece(id)}hi<`.repeat(10_000);
  const ids = tokenizer.encode(text);
  assert.equal(ids.length, 60_000);
  assert.deepEqual(ids.slice(0, 6), [104, 105, id, 104, 105, 60]);
});

test("of a control and a user-defined token of one text the user-defined one is found in plain text", () => {
  const others = [
    { piece: "<x>", type: 3 },
    { piece: "<x>", type: 4 },
  ];
  const tokenizer = Tokenizer.fromMetadata(bpeMetadata([], others));
  assert.deepEqual(tokenizer.encode("<x>"), [257]);
  assert.deepEqual(tokenizer.encode("<x>", { parseSpecial: true }), [256]);
});
