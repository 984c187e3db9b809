import assert from "node:assert/strict";
import { test } from "node:test";
import { findPreTokenizer, splitWords } from "#dist/tokenizer/pretokenize/pre-tokenizers.js";
import { isLong } from "../../helpers/long.js";
import { seededRandom } from "../../helpers/random.js";
import { randomText } from "../vocabularies.js";

const GPT2 = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
const CONTRACTIONS = "'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]";
const llama3 = (digits: number) =>
  String.raw`${CONTRACTIONS}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,${digits}}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const UPPER = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const LOWER = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const TEKKEN = String.raw`[^\r\n\p{L}\p{N}]?${UPPER}*${LOWER}+|[^\r\n\p{L}\p{N}]?${UPPER}+${LOWER}*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const IDEOGRAPHS = String.raw`(?:(?!\s)[一-龥ࠀ-一가-퟿])+`;

/** The patterns as the models publish them, one a pass: slow on hostile text, and what the scans must equal. */
const PATTERNS: Readonly<Record<string, readonly string[]>> = {
  "gpt-2": [GPT2],
  smollm: [String.raw`\p{N}`, GPT2],
  default: [String.raw`[\p{P}$+<=>^~|]+`, GPT2, String.raw`\p{N}+`, "[0-9][0-9][0-9]"],
  falcon: ["[\\p{P}$+<=>^~|`]+", GPT2, "[0-9][0-9][0-9]"],
  "llama-bpe": [llama3(3)],
  qwen2: [llama3(1)],
  tekken: [TEKKEN],
  "deepseek-coder": [String.raw`[\r\n]`, String.raw`\s?\p{L}+`, String.raw`\s?\p{P}+`, IDEOGRAPHS, String.raw`\p{N}`],
};

/** JavaScript's `\s` has U+FEFF and lacks U+0085; the models' is Unicode's White_Space. */
function unicodeSpaces(pattern: string): RegExp {
  const inClass = pattern.replaceAll(String.raw`[^\s`, String.raw`[^\p{White_Space}`);
  const source = inClass
    .replaceAll(String.raw`\s`, String.raw`\p{White_Space}`)
    .replaceAll(String.raw`\S`, String.raw`\P{White_Space}`);
  return new RegExp(source, "gu");
}

function splitByPatterns(text: string, patterns: readonly RegExp[]): string[] {
  let words = text === "" ? [] : [text];
  for (const pattern of patterns) words = words.flatMap((word) => splitByPattern(word, pattern));
  return words;
}

/** Matches and what lies between them. */
function splitByPattern(text: string, pattern: RegExp): string[] {
  const words: string[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    words.push(text.slice(end, match.index), match[0]);
    end = match.index + match[0].length;
  }
  words.push(text.slice(end));
  return words.filter(Boolean);
}

for (const [name, patterns] of Object.entries(PATTERNS)) {
  test(`${name}: the scans divide text as the published patterns do`, () => {
    const random = seededRandom(7);
    const expressions = patterns.map(unicodeSpaces);
    for (let i = 0; i < 3000; i++) {
      const text = randomText(random, 24);
      assert.deepEqual(
        [...splitWords(text, findPreTokenizer(name))],
        splitByPatterns(text, expressions),
        JSON.stringify(text),
      );
    }
  });
}

const EXAMPLES: readonly { pre: string; text: string; words: readonly string[] }[] = [
  { pre: "gpt-2", text: "I'm  here'S 12345", words: ["I", "'m", " ", " here", "'", "S", " 12345"] },
  { pre: "llama-bpe", text: "I'M 12345\n\n  x=1", words: ["I", "'M", " ", "123", "45", "\n\n", " ", " x", "=", "1"] },
  { pre: "smollm", text: "a12 b", words: ["a", "1", "2", " b"] },
  { pre: "tekken", text: "HTTPServer getURL 12", words: ["HTTPServer", " get", "URL", " ", "1", "2"] },
  { pre: "deepseek-llm", text: "a b\n 123  ", words: ["a", " b", "\n", " ", "123", "  "] },
  { pre: "deepseek-llm", text: "中文，abc", words: ["中文", "，", "abc"] },
  { pre: "deepseek-coder", text: " x12!", words: [" x", "1", "2", "!"] },
];

for (const { pre, text, words } of EXAMPLES) {
  test(`${pre}: ${JSON.stringify(text)}`, () => {
    assert.deepEqual([...splitWords(text, findPreTokenizer(pre))], words);
  });
}

test("every pre-tokenizer keeps the whole text, and runs of very many units", () => {
  const runs = isLong ? 1e6 : 2e5;
  const random = seededRandom(9);
  for (const name of [...Object.keys(PATTERNS), "deepseek-llm"]) {
    const pre = findPreTokenizer(name);
    for (const unit of [" ", " x", "\n", "'", "a", "1", "👍", "\u0301", "ªA", "\u3000"]) {
      const text = unit.repeat(runs / unit.length);
      assert.equal([...splitWords(`${text}z`, pre)].join(""), `${text}z`);
    }
    const text = randomText(random, 5000);
    assert.equal([...splitWords(text, pre)].join(""), text);
  }
});
