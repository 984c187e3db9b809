import { LlamaError } from "../../errors.js";
import { JsonObject } from "./json-object.js";

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const WORDS = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
const REST = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const UPPER = "\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}";
const LOWER = "\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}";

/**
 * Names of pre-tokenizers in GGUF files by what tokenizer.json does: its steps, a regular expression as it is, another
 * step by its name.
 */
const KNOWN: ReadonlyMap<string, string> = new Map(
  (
    [
      [["ByteLevel"], "gpt-2"],
      [["Digits", "ByteLevel"], "smollm"],
      [[`${CONTRACTIONS}|${WORDS}|\\p{N}{1,3}|${REST}`, "bytes"], "llama-bpe"],
      [[`${CONTRACTIONS}|${WORDS}|\\p{N}|${REST}`, "bytes"], "qwen2"],
      [
        [
          `[^\\r\\n\\p{L}\\p{N}]?[${UPPER}]*[${LOWER}]+|[^\\r\\n\\p{L}\\p{N}]?[${UPPER}]+[${LOWER}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
          "bytes",
        ],
        "tekken",
      ],
      [["[\r\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[一-龥ࠀ-一가-퟿]+", "Digits", "bytes"], "deepseek-coder"],
    ] as const
  ).map(([steps, name]) => [JSON.stringify(steps), name]),
);

/**
 * The name of how a byte-level tokenizer.json cuts text into words.
 * @throws LlamaError `unsupported` where none is known
 */
export function preTokenizerName(found: JsonObject | undefined, shown: string): string {
  const name = found === undefined ? undefined : KNOWN.get(JSON.stringify(steps(found)));
  if (name !== undefined) return name;
  throw new LlamaError(
    "unsupported",
    `The pre-tokenizer of ${shown} is not supported; those of Llama 3, SmolLM, GPT-2, Qwen 2, DeepSeek Coder and Mistral's Tekken are.`,
  );
}

/** What each step does; `undefined` stands for one that nothing here knows. */
function steps(step: JsonObject): (string | undefined)[] {
  switch (step.findString("type")) {
    case "Sequence":
      return step
        .getArray("pretokenizers")
        .slice(0, 16)
        .flatMap((value) => {
          const inner = new JsonObject(value, `A step of ${step.place}`);
          return inner.findString("type") === "Sequence" ? [undefined] : steps(inner);
        });
    case "Split": {
      const isPlain = step.findString("behavior") === "Isolated" && step.findBoolean("invert") !== true;
      return [isPlain ? step.findObject("pattern")?.findString("Regex") : undefined];
    }
    case "Digits":
      return [step.findBoolean("individual_digits") === true ? "Digits" : undefined];
    case "ByteLevel": {
      if (step.findBoolean("add_prefix_space") === true) return [undefined];
      return [(step.findBoolean("use_regex") ?? true) ? "ByteLevel" : "bytes"];
    }
    default:
      return [undefined];
  }
}
