import { readFileSync } from "node:fs";
import { randomModel } from "#dist/benchmark/random-model.js";
import { getShape } from "#dist/benchmark/shapes.js";
import { Grammar } from "#dist/grammar/grammar.js";
import type { TokenVocabulary } from "#dist/grammar/mask/vocabulary.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { ARITHMETIC_TEXT, JSON_TEXT, LIST_TEXT } from "./grammar-texts.js";

/** A grammar with texts that are in it. */
interface Sample {
  readonly name: string;
  readonly compile: () => Grammar;
  readonly texts: readonly string[];
}

/**
 * Times of grammars: to compile one, to make the mask of a token, to accept it. Every grammar is new, as it is to a
 * program that is asked for one answer; what is shared is the index of the vocabulary.
 * @param files a GGUF file with a vocabulary, then a file of JSON lines `{name, schema, tests: [{data, valid}]}`,
 *   joined by a comma; without them a made-up vocabulary and GBNF alone
 */
export async function benchGrammar(files?: string): Promise<void> {
  const [vocabularyFile, schemaFile] = files?.split(",") ?? [];
  const tokenizer =
    vocabularyFile === undefined
      ? Tokenizer.fromMetadata(randomModel(getShape("7b"), "q4_0").file.metadata)
      : await Tokenizer.load(vocabularyFile);
  const gbnf: Sample[] = [JSON_TEXT, ARITHMETIC_TEXT, LIST_TEXT].map(({ name, source, texts }) => ({
    name,
    compile: () => Grammar.fromGbnf(source),
    texts,
  }));
  const schemas = schemaFile === undefined ? [] : readSchemas(schemaFile);
  for (const vocabulary of [tokenizer, enlarge(tokenizer, 128_000)]) {
    const start = performance.now();
    Grammar.fromRegex("a").createMatcher(vocabulary);
    console.log(`grammars, ${vocabulary.size} tokens, indexed in ${(performance.now() - start).toFixed(0)} ms`);
    const table: Record<string, object> = {};
    for (const [name, samples] of Object.entries({ gbnf, schemas })) {
      if (samples.length > 0) Object.assign(table, measure(name, samples, vocabulary));
    }
    console.table(table);
  }
}

function measure(name: string, samples: readonly Sample[], vocabulary: TokenVocabulary): Record<string, object> {
  const times = { compile: [] as number[], mask: [] as number[], accept: [] as number[], token: [] as number[] };
  let [refused, rejected, disturbed] = [0, 0, 0];
  const worst: [number, string][] = [];
  for (const sample of samples) {
    const start = performance.now();
    let grammar: Grammar;
    try {
      grammar = sample.compile();
    } catch {
      refused++;
      continue;
    }
    times.compile.push(performance.now() - start);
    for (const text of sample.texts) {
      const matcher = grammar.createMatcher(vocabulary);
      for (const id of spell(text, vocabulary)) {
        const switches = interruptions();
        const before = performance.now();
        const mask = matcher.mask();
        const between = performance.now();
        const isAllowed = ((mask[id >>> 5] as number) >>> (id & 31)) & 1;
        if (isAllowed === 0) {
          rejected++;
          break;
        }
        const middle = performance.now();
        matcher.accept(id);
        const after = performance.now();
        const isDisturbed = switches !== interruptions();
        if (isDisturbed) {
          disturbed++;
          continue;
        }
        times.mask.push(between - before);
        times.accept.push(after - middle);
        times.token.push(between - before + after - middle);
        if (between - before > 1) worst.push([between - before, sample.name]);
      }
    }
  }
  if (process.env["WORST"] !== undefined) console.log(worst.sort((a, b) => b[0] - a[0]).slice(0, 40));
  console.log(
    `${name}: ${samples.length} grammars, ${refused} refused, ${rejected} texts rejected, ${disturbed} tokens left out`,
  );
  return Object.fromEntries(Object.entries(times).map(([what, list]) => [`${name}, ${what}`, statistics(list)]));
}

/** How often the system took the processor away: times of tokens during which it did are left out. */
function interruptions(): number {
  return process.resourceUsage().involuntaryContextSwitches;
}

/** Microseconds. */
function statistics(milliseconds: readonly number[]): object {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number) => ((sorted[Math.floor(sorted.length * share)] ?? 0) * 1000).toFixed(1);
  const mean = (sorted.reduce((sum, time) => sum + time, 0) / sorted.length) * 1000;
  return { count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(0.9999), mean: mean.toFixed(1) };
}

/** The longest token first, again and again. */
function spell(text: string, vocabulary: TokenVocabulary): number[] {
  const bytes = Buffer.from(text);
  const byText = spellings(vocabulary);
  const ids: number[] = [];
  for (let from = 0; from < bytes.length; ) {
    let to = Math.min(bytes.length, from + 32);
    while (to > from + 1 && !byText.has(bytes.toString("latin1", from, to))) to--;
    ids.push(byText.get(bytes.toString("latin1", from, to)) as number);
    from = to;
  }
  return ids;
}

const known = new WeakMap<TokenVocabulary, Map<string, number>>();

function spellings(vocabulary: TokenVocabulary): Map<string, number> {
  let byText = known.get(vocabulary);
  if (byText === undefined) {
    const entries = Array.from({ length: vocabulary.size }, (_, id) => id).map(
      (id) => [Buffer.from(vocabulary.bytesOf(id)).toString("latin1"), id] as const,
    );
    byText = new Map(entries);
    known.set(vocabulary, byText);
  }
  return byText;
}

/** A larger vocabulary: the given one, and pairs of its tokens, the first ones with one another before the others. */
function enlarge(source: TokenVocabulary, size: number): TokenVocabulary {
  const ids = Array.from({ length: source.size }, (_, id) => id).filter((id) => source.bytesOf(id).length > 0);
  const seen = new Set(ids.map((id) => Buffer.from(source.bytesOf(id)).toString("latin1")));
  const added: Uint8Array[] = [];
  for (let sum = 0; added.length < size - source.size; sum++) {
    for (let i = 0; i <= sum && added.length < size - source.size; i++) {
      const pair = Buffer.concat([source.bytesOf(ids[i] as number), source.bytesOf(ids[sum - i] as number)]);
      const key = pair.toString("latin1");
      if (seen.has(key)) continue;
      seen.add(key);
      added.push(pair);
    }
  }
  return {
    size,
    bytesOf: (id) => (id < source.size ? source.bytesOf(id) : (added[id - source.size] as Uint8Array)),
    isEndOfGeneration: (id) => id < source.size && source.isEndOfGeneration(id),
    findId: (piece) => source.findId(piece),
  };
}

function readSchemas(file: string): Sample[] {
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ name, schema, tests }) => ({
      name,
      compile: () => Grammar.fromJsonSchema(schema),
      texts: tests
        .filter(({ valid }: { valid: boolean }) => valid)
        .map(({ data }: { data: unknown }) => JSON.stringify(data)),
    }));
}
