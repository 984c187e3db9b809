import { LlamaError, printable } from "../../errors.js";
import { Class, classify } from "./characters.js";
import { digitTriples, type Pass, runs, type Scan, signs, single, trailingSpace } from "./scan.js";
import { gpt2Words, llama3Words, tekkenWords } from "./words.js";

/** How a byte-level BPE cuts text into words before it merges bytes, within each word only. */
export interface PreTokenizer {
  /** Each divides the pieces of the ones before it. */
  readonly passes: readonly Pass[];
  /** A word that is a token as a whole is taken as that, whatever the merges would make of it. */
  readonly ignoresMerges: boolean;
  /** Whether BOS is added where the file does not say. */
  readonly addBos: boolean;
}

const gpt2: PreTokenizer = { passes: [gpt2Words], ignoresMerges: false, addBos: false };
const singleDigits: PreTokenizer = { ...gpt2, passes: [single(Class.number), gpt2Words] };
const llama3: PreTokenizer = { passes: [llama3Words(3)], ignoresMerges: true, addBos: true };
const qwen2: PreTokenizer = { ...gpt2, passes: [llama3Words(1)] };

/** By the name that converters write into `tokenizer.ggml.pre`. */
const PRE_TOKENIZERS: Readonly<Record<string, PreTokenizer>> = {
  default: { ...gpt2, passes: [signs(false), gpt2Words, runs(Class.number, false), digitTriples] },
  falcon: { ...gpt2, passes: [signs(true), gpt2Words, digitTriples] },
  "gpt-2": gpt2,
  "phi-2": gpt2,
  mpt: gpt2,
  olmo: gpt2,
  gigachat: gpt2,
  mellum: gpt2,
  smollm: singleDigits,
  starcoder: singleDigits,
  refact: singleDigits,
  codeshell: singleDigits,
  "command-r": singleDigits,
  "llama-bpe": llama3,
  llama3,
  "llama-v3": llama3,
  falcon3: llama3,
  pixtral: llama3,
  "smaug-bpe": { ...llama3, ignoresMerges: false, addBos: false },
  tekken: { passes: [tekkenWords], ignoresMerges: true, addBos: true },
  qwen2,
  "deepseek-r1-qwen": qwen2,
  megrez: qwen2,
  "deepseek-llm": {
    ...gpt2,
    passes: [
      single(Class.newline),
      runs(Class.deepseekLetter, true),
      runs(Class.deepseekSign, true),
      trailingSpace,
      runs(Class.deepseekIdeograph, false),
      runs(Class.number, false),
    ],
  },
  "deepseek-coder": {
    ...gpt2,
    passes: [
      single(Class.newline),
      runs(Class.letter, true),
      runs(Class.punctuation, true),
      runs(Class.deepseekIdeograph, false),
      single(Class.number),
    ],
  },
};

/** @throws LlamaError `unsupported` for a name that has no row */
export function findPreTokenizer(name: string): PreTokenizer {
  if (Object.hasOwn(PRE_TOKENIZERS, name)) return PRE_TOKENIZERS[name] as PreTokenizer;
  throw new LlamaError(
    "unsupported",
    `The model's pre-tokenizer "${printable(name)}" is not supported; expected one of ${Object.keys(PRE_TOKENIZERS).join(", ")}.`,
  );
}

/** The words of `text` in order; joined they are the text. Linear in its length. */
export function* splitWords(text: string, { passes }: PreTokenizer): Generator<string> {
  if (text === "") return;
  const scan: Scan = { text, classes: classify(text), cuts: new Uint8Array(text.length + 1) };
  scan.cuts[text.length] = 1;
  for (const pass of passes) {
    for (let from = 0; from < text.length; ) {
      const to = scan.cuts.indexOf(1, from + 1);
      pass(scan, from, to);
      from = to;
    }
  }
  for (let from = 0; from < text.length; ) {
    const to = scan.cuts.indexOf(1, from + 1);
    yield text.slice(from, to);
    from = to;
  }
}
