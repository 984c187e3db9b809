import assert from "node:assert/strict";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import {
  bool,
  bpeMetadata,
  floats,
  integers,
  type Keys,
  SPM_START,
  spmMetadata,
  string,
  strings,
  u32,
} from "./vocabularies.js";

const spm = (keys: Keys) => Tokenizer.fromMetadata(spmMetadata(SPM_START, keys));
const bpe = (keys: Keys) => Tokenizer.fromMetadata(bpeMetadata(["a b"], [{ piece: "<bos>" }], keys));

const REFUSED: readonly { what: string; code: string; says: RegExp; load: () => Tokenizer }[] = [
  {
    what: "no tokens key",
    code: "model",
    says: /tokens is missing/,
    load: () => spm({ "tokenizer.ggml.tokens": undefined }),
  },
  {
    what: "no tokens",
    code: "model",
    says: /tokens is empty/,
    load: () => spm({ "tokenizer.ggml.tokens": strings([]) }),
  },
  {
    what: "tokens that are no strings",
    code: "model",
    says: /array of strings/,
    load: () => spm({ "tokenizer.ggml.tokens": floats([1]) }),
  },
  {
    what: "scores cut short",
    code: "model",
    says: /scores has 2 values/,
    load: () => spm({ "tokenizer.ggml.scores": floats([0, 0]) }),
  },
  {
    what: "a score that is NaN",
    code: "model",
    says: /Token 7 has the score NaN/,
    load: () => spm({ "tokenizer.ggml.scores": floats(SPM_START.map((_, id) => (id === 7 ? Number.NaN : 0))) }),
  },
  {
    what: "types cut short",
    code: "model",
    says: /token_type has 1 values/,
    load: () => spm({ "tokenizer.ggml.token_type": integers([1]) }),
  },
  {
    what: "an unknown type",
    code: "model",
    says: /Token 3 has the type 99/,
    load: () => spm({ "tokenizer.ggml.token_type": integers(SPM_START.map((_, id) => (id === 3 ? 99 : 1))) }),
  },
  {
    what: "a negative type",
    code: "model",
    says: /the type -1/,
    load: () => spm({ "tokenizer.ggml.token_type": integers(SPM_START.map(() => -1)) }),
  },
  {
    what: "an id in words",
    code: "model",
    says: /bos_token_id is "one" \(string\); expected a number/,
    load: () => spm({ "tokenizer.ggml.bos_token_id": string("one") }),
  },
  {
    what: "more tokens than any vocabulary has",
    code: "model",
    says: /has 1048577 tokens, and the limit is 1048576/,
    load: () => spm({ "tokenizer.ggml.tokens": strings(new Array(2 ** 20 + 1).fill("a")) }),
  },
  ...["<0x-1>", "<0xZZ>", "<0x1>", "<0x041>", ""].map((piece) => ({
    what: `byte token "${piece}"`,
    code: "model",
    says: /of type byte/,
    load: () => Tokenizer.fromMetadata(spmMetadata([...SPM_START, { piece, type: 6 }])),
  })),
  {
    what: "no merges",
    code: "model",
    says: /merges is missing/,
    load: () => bpe({ "tokenizer.ggml.merges": undefined }),
  },
  ...["ab", "a ", " ", "", " b"].map((merge) => ({
    what: `merge "${merge}"`,
    code: "model",
    says: /Merge 1 is/,
    load: () => bpe({ "tokenizer.ggml.merges": strings(["a b", merge]) }),
  })),
  {
    what: "a WordPiece vocabulary",
    code: "unsupported",
    says: /"bert"/,
    load: () => spm({ "tokenizer.ggml.model": string("bert") }),
  },
  {
    what: "an unknown pre-tokenizer",
    code: "unsupported",
    says: /"grok-9"/,
    load: () => bpe({ "tokenizer.ggml.pre": string("grok-9") }),
  },
  {
    what: "a pre-tokenizer named as a member of objects",
    code: "unsupported",
    says: /"constructor"/,
    load: () => bpe({ "tokenizer.ggml.pre": string("constructor") }),
  },
  {
    what: "more special text than is searched",
    code: "model",
    says: /special tokens/,
    load: () =>
      Tokenizer.fromMetadata(
        spmMetadata([
          ...SPM_START,
          ...Array.from({ length: 18_000 }, (_, i) => ({ piece: `${i}`.padStart(5, "0") + "x".repeat(120), type: 3 })),
        ]),
      ),
  },
];

for (const { what, code, says, load } of REFUSED) {
  test(`refused: ${what}`, () => {
    assert.throws(load, (error) => error instanceof LlamaError && error.code === code && says.test(error.message));
  });
}

test("escape codes of a file do not reach the message", () => {
  assert.throws(
    () => bpe({ "tokenizer.ggml.pre": string("\u001b[2J") }),
    (error) => error instanceof LlamaError && !error.message.includes("\u001b"),
  );
});

test("SentencePiece files without keys for their ids have those of Llama", () => {
  const tokenizer = spm({});
  assert.deepEqual([tokenizer.unknownId, tokenizer.bosId, tokenizer.eosId], [0, 1, 2]);
  assert.deepEqual([tokenizer.addBos, tokenizer.addEos, tokenizer.addSpacePrefix], [true, false, true]);
});

test("ids of special tokens that are out of range count as absent, with a note", () => {
  for (const value of [259, 2 ** 32 - 1, -1]) {
    const entry = { type: value < 0 ? "i32" : "u32", value } as const;
    const keys = Object.fromEntries(
      ["bos", "eos", "unknown", "eot"].map((n) => [`tokenizer.ggml.${n}_token_id`, entry]),
    );
    const tokenizer = spm(keys);
    assert.deepEqual([tokenizer.unknownId, tokenizer.bosId, tokenizer.eosId, tokenizer.eotId], [0, 1, 2, undefined]);
    assert.deepEqual(tokenizer.notes, [
      `Metadata key tokenizer.ggml.bos_token_id is ${value}, but the vocabulary has the ids 0 to 258; token 1 is used instead.`,
      `Metadata key tokenizer.ggml.eos_token_id is ${value}, but the vocabulary has the ids 0 to 258; token 2 is used instead.`,
      `Metadata key tokenizer.ggml.unknown_token_id is ${value}, but the vocabulary has the ids 0 to 258; token 0 is used instead.`,
      `Metadata key tokenizer.ggml.eot_token_id is ${value}, but the vocabulary has the ids 0 to 258; it is ignored.`,
    ]);
    assert.equal(bpe(keys).eosId, undefined);
  }
  assert.deepEqual(spm({}).notes, []);
});

test("scores that are missing are 0: the leftmost pair is merged first", () => {
  const tokens = [...SPM_START, ..."abc", "ab", "bc", "abc"].map((token) =>
    typeof token === "string" ? { piece: token } : token,
  );
  const keys = { "tokenizer.ggml.add_space_prefix": bool(false), "tokenizer.ggml.scores": undefined };
  const tokenizer = Tokenizer.fromMetadata(spmMetadata(tokens, keys));
  assert.deepEqual(tokenizer.encode("abcbc", { addBos: false }), [264, 263]);
});

test("a byte-level file that does not name its pre-tokenizer is read by the default one, with a note", () => {
  const { notes } = bpe({ "tokenizer.ggml.pre": undefined });
  assert.equal(notes.length, 1);
  assert.match(notes[0] ?? "", /does not name its pre-tokenizer .* "default" is used/);
  assert.deepEqual(bpe({}).notes, []);
});

test("byte-level files without keys for their ids have none", () => {
  const tokenizer = bpe({ "tokenizer.ggml.pre": string("llama-bpe") });
  assert.deepEqual(
    [tokenizer.unknownId, tokenizer.bosId, tokenizer.eosId, tokenizer.addBos],
    [undefined, undefined, undefined, false],
  );
});

test("a BOS or EOS that is asked for and absent is not added, and a note says so", () => {
  const { addBos, notes } = bpe({
    "tokenizer.ggml.pre": string("gpt-2"),
    "tokenizer.ggml.add_bos_token": bool(true),
    "tokenizer.ggml.add_eos_token": bool(true),
  });
  assert.equal(addBos, false);
  assert.deepEqual(
    notes,
    ["BOS", "EOS"].map(
      (name) => `The model asks for ${name} around its texts, but its vocabulary has no ${name} token; none is added.`,
    ),
  );
});

test("Llama 3's pre-tokenizer adds BOS unless the file says otherwise", () => {
  const keys = { "tokenizer.ggml.pre": string("llama-bpe"), "tokenizer.ggml.bos_token_id": u32(257) };
  assert.equal(bpe(keys).addBos, true);
  assert.equal(bpe({ ...keys, "tokenizer.ggml.add_bos_token": bool(false) }).addBos, false);
  assert.deepEqual(bpe(keys).encode("ab"), [257, 256]);
});

test("of duplicate pieces the lowest id encodes and each decodes", () => {
  const tokens = [...SPM_START, { piece: "a" }, { piece: "a", score: 9 }, { piece: "" }];
  const tokenizer = Tokenizer.fromMetadata(spmMetadata(tokens, { "tokenizer.ggml.add_space_prefix": bool(false) }));
  assert.deepEqual(tokenizer.encode("a", { addBos: false }), [259]);
  assert.equal(tokenizer.decode([259, 260, 261]), "aa");
  assert.equal(tokenizer.findId("a"), 259);
});

test("well-known end pieces are control tokens and end a generation, whatever type the file gives them", () => {
  const others = [
    { piece: "<eos>" },
    { piece: "<|eot_id|>", type: 4 },
    { piece: "<|im_end|>", type: 1 },
    { piece: "<|im_start|>" },
  ];
  const tokenizer = Tokenizer.fromMetadata(bpeMetadata([], others, { "tokenizer.ggml.eos_token_id": u32(256) }));
  assert.deepEqual(
    [256, 257, 258, 259].map((id) => tokenizer.isEndOfGeneration(id)),
    [true, true, true, false],
  );
  assert.deepEqual(
    [256, 257, 258, 259].map((id) => tokenizer.isControl(id)),
    [true, true, true, true],
  );
  assert.equal(tokenizer.eotId, 257);
  assert.equal(tokenizer.encode("<|eot_id|>").includes(257), false);
  assert.deepEqual(tokenizer.encode("<|eot_id|>", { parseSpecial: true }), [257]);
});
