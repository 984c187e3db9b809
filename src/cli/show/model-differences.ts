import { isDeepStrictEqual } from "node:util";
import type { GgufFile } from "../../gguf/file.js";
import type { MetadataEntry } from "../../gguf/metadata.js";
import type { TensorInfo } from "../../gguf/tensors.js";

/** How one thing differs between two files; undefined where a file has it not. */
export interface Difference<T> {
  readonly name: string;
  readonly a: T | undefined;
  readonly b: T | undefined;
}

/** How two files differ in what they say of themselves. Weights are not compared. */
export interface ModelDifferences {
  /** Keys but those of the vocabulary and the template. */
  readonly metadata: readonly Difference<MetadataEntry>[];
  /** Keys of the vocabulary. */
  readonly tokenizer: readonly Difference<MetadataEntry>[];
  readonly templates: readonly Difference<MetadataEntry>[];
  /** Tensors of another type or shape. */
  readonly tensors: readonly Difference<TensorInfo>[];
}

const TEMPLATE = "tokenizer.chat_template";

export function differencesOf(a: GgufFile, b: GgufFile): ModelDifferences {
  const entries = different(new Map(a.metadata), new Map(b.metadata), isSameEntry);
  const isTemplate = ({ name }: { name: string }) => name.startsWith(TEMPLATE);
  const isTokenizer = ({ name }: { name: string }) => name.startsWith("tokenizer.");
  const byName = (file: GgufFile) => new Map(file.tensors.map((tensor) => [tensor.name, tensor]));
  return {
    metadata: entries.filter((entry) => !isTokenizer(entry)),
    tokenizer: entries.filter((entry) => isTokenizer(entry) && !isTemplate(entry)),
    templates: entries.filter(isTemplate),
    tensors: different(byName(a), byName(b), (one, other) => one.type === other.type && isSame(one.dims, other.dims)),
  };
}

function different<T>(
  a: ReadonlyMap<string, T>,
  b: ReadonlyMap<string, T>,
  isEqual: (one: T, other: T) => boolean,
): Difference<T>[] {
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].flatMap((name) => {
    const [one, other] = [a.get(name), b.get(name)];
    const isOne = one !== undefined && other !== undefined && isEqual(one, other);
    return isOne ? [] : [{ name, a: one, b: other }];
  });
}

function isSameEntry(a: MetadataEntry, b: MetadataEntry): boolean {
  return a.type === b.type && a.elementType === b.elementType && isSame(a.value, b.value);
}

function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a, b);
}
