import { LlamaError, printable } from "../../errors.js";
import { bool, type Entries, u32 } from "../checkpoint.js";
import type { ConvertedToken } from "../vocabulary.js";
import { JsonObject } from "./json-object.js";

/** What may say which tokens are special. */
export interface SpecialSources {
  readonly config: JsonObject;
  readonly generation: JsonObject | undefined;
  readonly tokenizerConfig: JsonObject | undefined;
  readonly tokenizer: JsonObject | undefined;
}

/** Names in Hugging Face's files and in GGUF's. */
const IDS = [
  ["bos", "bos"],
  ["eos", "eos"],
  ["unk", "unknown"],
  ["pad", "padding"],
] as const;

/** Code Llama's marks around what is to be filled in; all of them or none. */
const INFILL = [
  ["prefix", "▁<PRE>"],
  ["suffix", "▁<SUF>"],
  ["middle", "▁<MID>"],
  ["eot", "▁<EOT>"],
] as const;

/** Ends of a turn that readers know by their names. */
const KNOWN_ENDS: ReadonlySet<string> = new Set(["<|eot_id|>", "<|im_end|>", "<|end_of_text|>", "<|eom_id|>"]);

/**
 * The metadata of special tokens: their ids, by the names in tokenizer_config.json, or else by the ids in
 * generation_config.json or config.json; and whether BOS and EOS are added to texts.
 * @throws LlamaError `model` where a name is not in the vocabulary, or an id beyond it
 */
export function specialTokens(sources: SpecialSources, tokens: readonly ConvertedToken[]): Entries {
  const ids = new Map(tokens.map(({ piece }, id) => [piece, id]).toReversed() as [string, number][]);
  const found = new Map<string, number>();
  for (const [name, key] of IDS) {
    const id = byName(sources.tokenizerConfig, name, ids) ?? byId(sources, name, tokens.length)[0];
    if (id !== undefined) found.set(key, id);
  }
  const marks = INFILL.map(([key, piece]) => [key, ids.get(piece)] as const);
  if (marks.every(([, id]) => id !== undefined)) for (const [key, id] of marks) found.set(key, id as number);
  else {
    const ends = byId(sources, "eos", tokens.length).filter((id) => id !== found.get("eos"));
    const unnamed = ends.find((id) => !KNOWN_ENDS.has(tokens[id]?.piece ?? ""));
    const end = ends.find((id) => KNOWN_ENDS.has(tokens[id]?.piece ?? "")) === undefined ? unnamed : undefined;
    if (end !== undefined) found.set("eot", end);
  }
  return [
    ...[...found].map(([key, id]): Entries[number] => [`tokenizer.ggml.${key}_token_id`, u32(id)]),
    ...addedTokens(sources, found.get("bos"), found.get("eos"), tokens),
  ];
}

/** `"<s>"`, or an object with that as its content. */
function byName(config: JsonObject | undefined, name: string, ids: ReadonlyMap<string, number>): number | undefined {
  const value = config?.find(`${name}_token`);
  if (config === undefined || value === undefined) return undefined;
  const piece = typeof value === "object" ? config.findObject(`${name}_token`)?.getString("content") : value;
  // Some files name a token that never was in the vocabulary; then the ids count.
  return typeof piece === "string" ? ids.get(piece) : undefined;
}

/** One id or a list of them. */
function byId({ generation, config }: SpecialSources, name: string, size: number): number[] {
  const key = `${name}_token_id`;
  for (const source of [generation, config]) {
    const value = source?.find(key);
    if (source === undefined || value === undefined) continue;
    const list = Array.isArray(value) ? value : [value];
    // -1 stands for none.
    const ids = list.filter((id) => id !== -1);
    const wrong = ids.find((id) => !Number.isSafeInteger(id) || id < 0 || id >= size);
    if (wrong !== undefined) {
      throw new LlamaError(
        "model",
        `"${key}" in ${source.place} has ${printable(JSON.stringify(wrong), 32)}; expected an id of the ${size} tokens.`,
      );
    }
    return ids;
  }
  return [];
}

function addedTokens(
  { tokenizerConfig, tokenizer }: SpecialSources,
  bos: number | undefined,
  eos: number | undefined,
  tokens: readonly ConvertedToken[],
): Entries {
  const template = tokenizer === undefined ? undefined : templateOf(tokenizer);
  const at = (id: number | undefined, place: number) =>
    template === undefined ? undefined : id !== undefined && template.at(place) === tokens[id]?.piece;
  const entries: Entries = [];
  const addBos = tokenizerConfig?.findBoolean("add_bos_token") ?? at(bos, 0);
  const addEos = tokenizerConfig?.findBoolean("add_eos_token") ?? at(eos, -1);
  if (addBos !== undefined) entries.push(["tokenizer.ggml.add_bos_token", bool(addBos)]);
  if (addEos !== undefined) entries.push(["tokenizer.ggml.add_eos_token", bool(addEos)]);
  return entries;
}

/** What tokenizer.json puts around a text: special tokens by their names, and "" for the text itself. */
function templateOf(tokenizer: JsonObject): readonly string[] | undefined {
  const processor = tokenizer.findObject("post_processor");
  if (processor === undefined) return [];
  const inner = (processor.findArray("processors") ?? []).map(
    (value) => new JsonObject(value, `A step of ${processor.place}`),
  );
  const found = [processor, ...inner].find((step) => step.findString("type") === "TemplateProcessing");
  return (found?.getArray("single") ?? []).map(
    (value) => new JsonObject(value, `A part of ${processor.place}`).findObject("SpecialToken")?.getString("id") ?? "",
  );
}
