import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { type InfillParts, infillPrompt } from "#dist/generation/infill-prompt.js";
import { openGguf } from "#dist/gguf/open.js";
import { Llama } from "#dist/llama.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { fixtureModel, u32, writeFixture } from "../helpers/model-fixture.js";
import { needsReference, referencePath } from "../helpers/reference.js";
import { temporaryFolder } from "../helpers/temporary.js";
import { spmMetadata, type Token } from "../tokenizer/vocabularies.js";

const path = join(temporaryFolder(), "model.gguf");
const key = (name: string) => `tokenizer.ggml.${name}_token_id`;
writeFixture(
  path,
  fixtureModel({ metadata: { [key("fim_pre")]: u32(283), [key("suffix")]: u32(284), [key("fim_mid")]: u32(285) } }),
);
const llama = await Llama.load(path, { threads: 1 });
after(() => llama.dispose());

const [PRE, SUF, MID] = [32007, 32008, 32009];

/** Code Llama's vocabulary: Llama 2's, with 16 more. @param type of the four pieces of infilling */
function codeLlama(type = 1): Tokenizer {
  const { metadata } = openGguf(referencePath("tokenizer", "ggml-vocab-llama-spm.gguf"));
  const scores = metadata.findNumbers("tokenizer.ggml.scores") ?? [];
  const types = metadata.findNumbers("tokenizer.ggml.token_type") ?? [];
  const pieces = metadata.getStrings("tokenizer.ggml.tokens");
  const known = pieces.map((piece, id): Token => ({ piece, score: scores[id] as number, type: types[id] as number }));
  const more = Array.from({ length: 16 }, (_, i): Token => {
    const piece = ["▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"][i - 7] ?? `<unused${i}>`;
    return { piece, score: 0, type: i >= 7 && i <= 10 ? type : 3 };
  });
  return Tokenizer.fromMetadata(spmMetadata([...known, ...more]));
}

const ids = (tokenizer: Tokenizer, parts: InfillParts, order: "psm" | "spm" = "psm") =>
  infillPrompt(tokenizer, parts, { order, tokenHealing: false }, 4096).ids;

test("Code Llama's known vector is exact, whatever the file says of the pieces", needsReference, () => {
  const parts = { prefix: 'def remove_non_ascii(s: str) -> str:\n    """ ', suffix: "\n    return result\n" };
  const before = [
    822, 3349, 29918, 5464, 29918, 294, 18869, 29898, 29879, 29901, 851, 29897, 1599, 851, 29901, 13, 1678, 9995, 29871,
  ];
  const behind = [13, 1678, 736, 1121, 13];
  for (const type of [1, 3, 4]) {
    const tokenizer = codeLlama(type);
    assert.deepEqual(tokenizer.infill, { prefixId: PRE, suffixId: SUF, middleId: MID });
    assert.ok(tokenizer.isEndOfGeneration(32010));
    assert.deepEqual(ids(tokenizer, parts), [1, PRE, ...before, SUF, ...behind, MID]);
    assert.deepEqual(ids(tokenizer, parts, "spm"), [1, PRE, SUF, ...behind, MID, ...before]);
  }
});

test(
  "each part is encoded by itself, the prefix with the space of a text and the suffix without",
  needsReference,
  () => {
    const tokenizer = codeLlama();
    const texts = [
      "",
      " ",
      "x",
      " x",
      "x ",
      "\n",
      "\r\n",
      "a\r\nb",
      "\tif (a) {\n",
      "    return\n",
      "é漢😀",
      "▁<PRE> x",
      "<s>",
    ];
    const alone = (text: string, addSpacePrefix: boolean) => tokenizer.encode(text, { addBos: false, addSpacePrefix });
    // As Code Llama's code has it: encoded behind a sign of one token, which is cut off with the space before it.
    const asCodeLlama = (text: string) => tokenizer.encode(`☺${text}`, { addBos: false }).slice(2);
    for (const prefix of texts) {
      for (const suffix of texts) {
        const [before, behind] = [alone(prefix, true), asCodeLlama(suffix)];
        assert.deepEqual(behind, alone(suffix, false));
        const parts = { prefix, suffix };
        assert.deepEqual(ids(tokenizer, parts), [1, PRE, ...before, SUF, ...behind, MID], JSON.stringify(parts));
        assert.deepEqual(ids(tokenizer, parts, "spm"), [1, PRE, SUF, ...behind, MID, ...before], JSON.stringify(parts));
        assert.equal(
          [...before, ...behind].some((id) => id >= PRE && id <= 32010),
          false,
        );
      }
    }
  },
);

test("healing takes the last token back, and says what the answer must begin with", needsReference, () => {
  const tokenizer = codeLlama();
  const cases: readonly (readonly [prefix: string, healed: string])[] = [
    ["def rem", "rem"],
    ['    """ ', " "],
    ["foo", " foo"],
    ["a漢", "漢"],
    ["x😀", "😀"],
    ["x…", "…"],
    ["x\u{10ffff}", "\u{10ffff}"],
    ["x\ufffd", "\ufffd"],
    ["x\ufeff", "\ufeff"],
    ["", ""],
  ];
  for (const [prefix, healed] of cases) {
    const prompt = infillPrompt(tokenizer, { prefix, suffix: "" }, {}, 4096);
    assert.equal(prompt.healed.trimStart() || prompt.healed, healed.trimStart() || healed, prefix);
    const whole = ids(tokenizer, { prefix, suffix: "" });
    const kept = prompt.ids.slice(2, prompt.ids.indexOf(SUF));
    assert.deepEqual(whole.slice(2, 2 + kept.length), kept);
    assert.equal(
      tokenizer.decode(kept, { stripLeadingSpace: false }) + prompt.healed,
      ` ${prefix}`.slice(prefix ? 0 : 1),
    );
  }
});

test("other texts come first, as much of them as fits, and what does not fit is refused", needsReference, () => {
  const tokenizer = codeLlama();
  const parts = { prefix: "a b c", suffix: "d", extra: ["one", { filename: "two.ts", text: "let two = 2;" }] };
  const prompt = ids(tokenizer, parts);
  const text = tokenizer.decode(prompt.slice(1, prompt.indexOf(PRE)));
  assert.equal(text.trimStart(), "--- snippet ---\n\none \n\n--- snippet ---\n\ntwo.ts\nlet two = 2;");
  const least = ids(tokenizer, { ...parts, extra: [] }).length;
  const room = (tokens: number) => infillPrompt(tokenizer, parts, { tokenHealing: false }, tokens).ids;
  assert.equal(room(least).length, least);
  assert.deepEqual(room(least + 3).slice(1, 4), prompt.slice(prompt.indexOf(PRE) - 3, prompt.indexOf(PRE)));
  assert.throws(() => room(least - 1), { code: "context" });
});

test("a model fills in, and its answer goes on where the prefix ends", async () => {
  assert.deepEqual(llama.tokenizer.infill, { prefixId: 283, suffixId: 284, middleId: 285 });
  for (let seed = 1; seed <= 8; seed++) {
    const options = { seed, temperature: 1, maxTokens: 12, ignoreEos: true } as const;
    const generation = llama.infill({ prefix: "the in", suffix: "on a" }, options);
    for await (const _ of generation);
    const answered = llama.tokenizer.decode(generation.tokens, { special: false, stripLeadingSpace: false });
    assert.ok(answered.startsWith("in"), JSON.stringify(answered));
    assert.equal(generation.text, answered.slice(2));
  }
});

test("a prefix that ends with a character spelled in bytes stays whole", async () => {
  const utf8 = new TextEncoder();
  for (const end of ["…", "\ufffd", "é", "😀", "\ufeff", "x\ufffd\ufffd"]) {
    const generation = llama.infill(
      { prefix: `the in${end}`, suffix: "a" },
      { seed: 1, maxTokens: 12, ignoreEos: true },
    );
    for await (const _ of generation);
    const kept = generation.promptTokens.slice(generation.promptTokens.indexOf(283) + 1);
    const ids = [...kept.slice(0, kept.indexOf(284)), ...generation.tokens];
    const bytes = Buffer.concat(ids.map((id) => llama.tokenizer.bytesOf(id)));
    const whole = Buffer.from(utf8.encode(` the in${end}`));
    assert.deepEqual(bytes.subarray(0, whole.length), whole, end);
    assert.equal(generation.text, new TextDecoder().decode(bytes.subarray(whole.length)));
  }
});

test("a character that the vocabulary does not know is not taken back", () => {
  const pieces = ["<unk>", "<s>", "▁", "a", "b"].map(
    (piece, id): Token => ({ piece, type: id === 0 ? 2 : id === 1 ? 3 : 1 }),
  );
  const infill = ["<PRE>", "<SUF>", "<MID>"].map((piece): Token => ({ piece, type: 3 }));
  const ids = Object.fromEntries(["pre", "suf", "mid"].map((name, i) => [key(`fim_${name}`), u32(5 + i)]));
  const tokenizer = Tokenizer.fromMetadata(spmMetadata([...pieces, ...infill], ids));
  const { ids: prompt, healed } = infillPrompt(tokenizer, { prefix: "ab…", suffix: "a" }, {}, 100);
  assert.equal(healed, "");
  assert.deepEqual(prompt.slice(0, 6), [1, 5, 2, 3, 4, 0]);
});

test("what is no text, no order or no model for it is refused", async () => {
  const parts = { prefix: "a", suffix: "b" };
  assert.throws(() => llama.infill({ prefix: "a" } as never), /suffix must be a text \(got undefined\)/);
  assert.throws(() => llama.infill({ ...parts, middle: "c" } as never), /infill has no option middle/);
  assert.throws(() => llama.infill(parts, { order: "pms" as never }), /order must be "psm" or "spm" \(got "pms"\)/);
  assert.throws(() => llama.infill({ ...parts, extra: [3] as never }), /extra must be a list of texts/);
  assert.throws(() => llama.infill(parts, { addBos: true } as never), { code: "option" });
  const plain = join(temporaryFolder(), "plain.gguf");
  writeFixture(plain, fixtureModel());
  const other = await Llama.load(plain, { threads: 1 });
  assert.throws(() => other.infill(parts), /has no infill tokens.*Code Llama 7B/);
  await other.dispose();
});
