import assert from "node:assert/strict";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { isWhole } from "../helpers/long.js";
import { seededRandom } from "../helpers/random.js";
import {
  bool,
  bpeMetadata,
  type Keys,
  randomText,
  SPM_START,
  spmMetadata,
  string,
  type Token,
  u32,
} from "./vocabularies.js";

const SPM_PIECES: readonly Token[] = [
  { piece: "▁", score: -1 }, // 259
  { piece: "h", score: -2 },
  { piece: "e", score: -3 },
  { piece: "l", score: -4 },
  { piece: "o", score: -5 },
  { piece: "he", score: -6 }, // 264
  { piece: "ll", score: -7 },
  { piece: "el", score: -5.5 },
  { piece: "▁h", score: -8 }, // 267
  { piece: "hell", score: -9 },
  { piece: "▁▁", score: -2 }, // 269
  { piece: "<user>", type: 4 }, // 270
  { piece: "<s", score: -1 },
  { piece: "s", score: -1 },
  { piece: "<", score: -1 },
  { piece: ">", score: -1 },
  { piece: "é", score: -1 },
];

const spm = (keys: Keys = {}) => Tokenizer.fromMetadata(spmMetadata([...SPM_START, ...SPM_PIECES], keys));
const bpe = (keys: Keys = {}) =>
  Tokenizer.fromMetadata(
    bpeMetadata(
      ["h e", "l l", "Ġ he", "Ġhe ll", "Ã ©"],
      [{ piece: "<bos>" }, { piece: "<eos>" }, { piece: "<user>", type: 4 }],
      {
        "tokenizer.ggml.bos_token_id": u32(261),
        "tokenizer.ggml.eos_token_id": u32(262),
        ...keys,
      },
    ),
  );

const byte = (value: number) => 3 + value;
const plain = { addBos: false };

test("SentencePiece merges the pair of the highest score first, though a longer token exists", () => {
  assert.deepEqual(spm().encode("hello", plain), [267, 266, 262, 263]);
});

test("SentencePiece takes the leftmost of equal scores", () => {
  const tokens = ["a", "aa", "▁"].map((piece) => ({ piece }));
  const tokenizer = Tokenizer.fromMetadata(
    spmMetadata([...SPM_START, ...tokens], { "tokenizer.ggml.add_space_prefix": bool(false) }),
  );
  assert.deepEqual(tokenizer.encode("aaaaa", plain), [260, 260, 259]);
});

test("a pair whose parts are no tokens merges all the same", () => {
  const tokenizer = Tokenizer.fromMetadata(
    spmMetadata([...SPM_START, { piece: "漢字" }], { "tokenizer.ggml.add_space_prefix": bool(false) }),
  );
  assert.deepEqual(tokenizer.encode("漢字", plain), [259]);
  assert.deepEqual(tokenizer.encode("漢", plain), [0xe6, 0xbc, 0xa2].map(byte));
});

test("characters without a token become bytes, or the unknown token where a byte is missing", () => {
  assert.deepEqual(spm().encode("ü", plain), [259, byte(0xc3), byte(0xbc)]);
  const tokens = [...SPM_START.filter(({ piece }) => piece !== "<0xBC>"), { piece: "▁" }];
  assert.deepEqual(Tokenizer.fromMetadata(spmMetadata(tokens)).encode("üa", plain), [258, 0, byte(0x61)]);
});

test("a byte that no token spells is the unknown token, or an error that says so", () => {
  const only = {
    "tokenizer.ggml.tokens": { type: "array", elementType: "string", value: ["a", "b", "<unk>"] },
    "tokenizer.ggml.token_type": undefined,
  } as const;
  const without = bpe({ ...only, "tokenizer.ggml.bos_token_id": undefined, "tokenizer.ggml.eos_token_id": undefined });
  assert.deepEqual(without.encode("ab"), [0, 1]);
  assert.throws(
    () => without.encode("ac"),
    (error) => error instanceof LlamaError && error.code === "model" && error.message.includes("0x63"),
  );
  const withUnknown = bpe({
    ...only,
    "tokenizer.ggml.bos_token_id": undefined,
    "tokenizer.ggml.eos_token_id": undefined,
    "tokenizer.ggml.unknown_token_id": u32(2),
  });
  assert.deepEqual(withUnknown.encode("ac"), [0, 2]);
});

test("byte-level BPE merges in the order of its list, within words", () => {
  assert.deepEqual(bpe().encode("hell hell"), [256, 257, 259]);
  assert.deepEqual(bpe().encode("é"), [260]);
});

test("a merge that makes no token is written byte by byte; merges in a circle end", () => {
  const metadata = bpeMetadata([], [], {
    "tokenizer.ggml.merges": {
      type: "array",
      elementType: "string",
      value: ["a b", "ab ab", "b a", "ba ba", "abab a"],
    },
  });
  const text = "abababab";
  const tokenizer = Tokenizer.fromMetadata(metadata);
  assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
  assert.equal(tokenizer.encode(text).length, 8);
});

test("a word that is a token needs no merges where the pre-tokenizer says so", () => {
  const others = [{ piece: "Ġworld", type: 1 }];
  const encode = (pre: string) =>
    Tokenizer.fromMetadata(bpeMetadata([], others, { "tokenizer.ggml.pre": string(pre) })).encode(" world");
  assert.deepEqual(encode("llama-bpe"), [256]);
  assert.equal(encode("gpt-2").length, 6);
});

test("BOS and EOS are added as the model says and the caller asks", () => {
  const both = { "tokenizer.ggml.add_eos_token": bool(true) };
  assert.deepEqual(spm(both).encode("h"), [1, 267, 2]);
  assert.deepEqual(spm(both).encode("h", { addBos: true }), [1, 267, 2]);
  assert.deepEqual(spm(both).encode("h", plain), [267]);
  assert.deepEqual(spm(both).encode(""), [1, 2]);
  assert.deepEqual(spm().encode(""), [1]);
  assert.deepEqual(bpe().encode("h", { addBos: true }), [261, 0x68]);
  assert.throws(() => bpe({ "tokenizer.ggml.bos_token_id": undefined }).encode("h", { addBos: true }), {
    name: "LlamaError",
    code: "option",
  });
});

test("control tokens in text are text unless asked for; user-defined ones are tokens always", () => {
  const tokenizer = spm();
  const encode = tokenizer.encode.bind(tokenizer);
  assert.deepEqual(encode("<s>", plain), [259, 271, 274]);
  assert.deepEqual(encode("<s>h</s>", { addBos: false, parseSpecial: true }), [1, 267, 2]);
  assert.deepEqual(encode("<unk>", { addBos: false, parseSpecial: true }), [0]);
  assert.deepEqual(encode("h<user>h", plain), [267, 270, 267]);
  assert.deepEqual(bpe().encode("<eos><user>", { parseSpecial: true }), [262, 263]);
  assert.equal(bpe().encode("<eos>").includes(262), false);
});

test("merging never makes a control or a byte token of ordinary text", () => {
  const letters = Array.from(new Set("▁<0xA>s")).map((piece) => ({ piece, score: -9 }));
  const prefixes = ["<0", "<0x", "<0x0", "<0x0A", "<s"].map((piece) => ({ piece, score: 1 }));
  const tokenizer = Tokenizer.fromMetadata(spmMetadata([...SPM_START, ...letters, ...prefixes]));
  for (const text of ["<0x0A>", "<s>", "<0x0A><s>"]) {
    const ids = tokenizer.encode(text, plain);
    assert.equal(
      ids.some((id) => tokenizer.isControl(id) || id === byte(10)),
      false,
      text,
    );
    assert.equal(tokenizer.decode(ids), text);
  }
});

test("of special tokens that begin at one place the longest is found", () => {
  const others = ["<|a|>", "<|a|><|b|>", "<|b|>", "x".repeat(200)].map((piece) => ({ piece, type: 4 }));
  const tokenizer = Tokenizer.fromMetadata(bpeMetadata([], others));
  assert.deepEqual(tokenizer.encode("<|a|><|b|>?<|a|><|b"), [257, 0x3f, 256, ...Buffer.from("<|b")]);
  assert.equal(tokenizer.encode("x".repeat(200)).length, 200);
});

test("the space prefix is a matter of the file", () => {
  assert.deepEqual(spm({ "tokenizer.ggml.add_space_prefix": bool(false) }).encode("h", plain), [260]);
  assert.deepEqual(spm().encode(" ", plain), [269]);
  assert.deepEqual(spm().encode("▁", plain), [269]);
});

test("text that continues other text has no space prefix, and special tokens in it keep theirs", () => {
  const continued = { ...plain, addSpacePrefix: false };
  assert.deepEqual(spm().encode("hello", continued), [260, 266, 262, 263]);
  assert.deepEqual(spm().encode("<user>hello", continued), spm().encode("<user>hello", plain));
  assert.deepEqual(spm().encode("", continued), []);
  const unprefixed = { "tokenizer.ggml.add_space_prefix": bool(false) };
  assert.deepEqual(spm(unprefixed).encode("hello", { ...plain, addSpacePrefix: true }), spm().encode("hello", plain));
});

test("lone surrogates become U+FFFD, and pairs stay whole", () => {
  for (const tokenizer of [spm(), bpe()]) {
    assert.equal(
      tokenizer.decode(tokenizer.encode("a\ud800b\udc00\ud83d\ude00\ud83d", plain)),
      "a\ufffdb\ufffd😀\ufffd",
    );
  }
});

test("text comes back: encode, decode, for random Unicode", () => {
  const random = seededRandom(3);
  for (const tokenizer of [
    spm(),
    spm({ "tokenizer.ggml.add_space_prefix": bool(false) }),
    bpe(),
    bpe({ "tokenizer.ggml.pre": string("llama-bpe") }),
  ]) {
    for (let i = 0; i < (isWhole ? 1500 : 300); i++) {
      const text = randomText(random, 40);
      assert.equal(tokenizer.decode(tokenizer.encode(text, plain)), text);
    }
  }
});

test("a word met before gives the ids it gave the first time", () => {
  const random = seededRandom(4);
  const texts = Array.from({ length: isWhole ? 200 : 50 }, () => randomText(random, 12));
  for (const make of [spm, bpe]) {
    const kept = make();
    for (const text of [...texts, ...texts]) assert.deepEqual(kept.encode(text), make().encode(text));
  }
});

test("a prompt of a million letters, and of very many different words", () => {
  const random = seededRandom(5);
  const words = Array.from({ length: isWhole ? 200_000 : 60_000 }, () => randomText(random, 8)).join(" ");
  for (const tokenizer of [spm(), bpe()]) {
    for (const text of ["h".repeat(1e6), "hell".repeat(250_000), " ".repeat(1e6), words]) {
      assert.equal(tokenizer.decode(tokenizer.encode(text, plain)), text);
    }
  }
});

test("a vocabulary of ever longer runs of one letter", () => {
  const tokens = Array.from({ length: 2000 }, (_, i) => ({ piece: "a".repeat(i + 1), score: -i }));
  const tokenizer = Tokenizer.fromMetadata(
    spmMetadata([...SPM_START, ...tokens], { "tokenizer.ggml.add_space_prefix": bool(false) }),
  );
  const text = "a".repeat(200_000);
  assert.equal(tokenizer.decode(tokenizer.encode(text, plain)), text);
});

test("pieces by id and ids by piece", () => {
  const tokenizer = spm();
  assert.deepEqual([tokenizer.size, tokenizer.model, bpe().model], [276, "spm", "bpe"]);
  assert.equal(tokenizer.piece(267), "▁h");
  assert.equal(tokenizer.findId("▁h"), 267);
  assert.equal(tokenizer.findId("<s>"), 1);
  assert.equal(tokenizer.findId("nothing"), undefined);
  for (const id of [-1, 276, 1.5, Number.NaN]) assert.throws(() => tokenizer.piece(id), { code: "option" });
});

test("the bytes of a token are those of the text it stands for", () => {
  const spm = Tokenizer.fromMetadata(spmMetadata([...SPM_START, { piece: "▁é" }, { piece: "<u▁>", type: 4 }]));
  const bytesOf = (tokenizer: Tokenizer, id: number) => [...tokenizer.bytesOf(id)];
  assert.deepEqual(
    [0, 1, 2].map((id) => bytesOf(spm, id)),
    [[], [], []],
    "unknown, BOS and EOS",
  );
  assert.deepEqual(bytesOf(spm, 3 + 0xe9), [0xe9]);
  assert.deepEqual(bytesOf(spm, 259), [0x20, 0xc3, 0xa9]);
  assert.deepEqual(bytesOf(spm, 260), [...Buffer.from("<u▁>")]);
  const bpe = Tokenizer.fromMetadata(bpeMetadata([], [{ piece: "<eos>" }, { piece: "中", type: 1 }]));
  assert.deepEqual(bytesOf(bpe, 0xe4), [0xe4]);
  assert.deepEqual(bytesOf(bpe, 256), []);
  assert.deepEqual(bytesOf(bpe, 257), [...Buffer.from("中")]);
  assert.throws(() => bpe.bytesOf(258), { code: "option" });
});
