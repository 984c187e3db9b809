import { printable } from "../../errors.js";
import type { GgufFile } from "../../gguf/file.js";
import type { MetadataEntry } from "../../gguf/metadata.js";
import type { TensorInfo } from "../../gguf/tensors.js";
import { counted } from "./amounts.js";
import { plainValue, shownEntry } from "./metadata-values.js";
import type { Difference, ModelDifferences } from "./model-differences.js";
import { aligned } from "./table.js";

const ABSENT = "-";

/** Two files, and how they differ, as lines for a person: what `a` has stands before what `b` has. */
export function describeDifferences(found: ModelDifferences, a: GgufFile, b: GgufFile): string[] {
  const entries = (title: string, list: readonly Difference<MetadataEntry>[]) => section(title, list, shownEntry);
  const lines = [
    ...entries("metadata", found.metadata),
    ...entries("tokenizer", found.tokenizer),
    ...entries("chat template", found.templates),
    ...section("tensors", found.tensors, (_, tensor) => shownTensor(tensor)),
  ];
  const head = [`a  ${printable(a.path, 512)}`, `b  ${printable(b.path, 512)}`];
  if (lines.length > 0) return [...head, ...lines];
  return [...head, "", "The files say the same of themselves; their weights were not compared."];
}

function section<T>(title: string, list: readonly Difference<T>[], show: (name: string, value: T) => string): string[] {
  if (list.length === 0) return [];
  const shown = (name: string, value: T | undefined) => (value === undefined ? ABSENT : show(name, value));
  const rows = list.map(({ name, a, b }) => [printable(name), shown(name, a), shown(name, b)]);
  return ["", `${title}, ${counted(list.length, "difference")}`, ...aligned(rows).map((line) => `  ${line}`)];
}

function shownTensor({ type, dims }: TensorInfo): string {
  return `${type.name} [${dims.join(", ")}]`;
}

/** The same for programs. */
export function asJson(found: ModelDifferences, a: GgufFile, b: GgufFile): object {
  const entries = (list: readonly Difference<MetadataEntry>[]) =>
    list.map(({ name, ...both }) => ({ name, a: valueIn(both.a), b: valueIn(both.b) }));
  return {
    a: a.path,
    b: b.path,
    metadata: entries(found.metadata),
    tokenizer: entries(found.tokenizer),
    templates: entries(found.templates),
    tensors: found.tensors.map(({ name, ...both }) => ({ name, a: tensorOf(both.a), b: tensorOf(both.b) })),
  };
}

/** null where a file has no such key. */
function valueIn(entry: MetadataEntry | undefined): unknown {
  return entry === undefined ? null : plainValue(entry.value);
}

function tensorOf(tensor: TensorInfo | undefined): object | null {
  return tensor === undefined ? null : { type: tensor.type.name, shape: tensor.dims };
}
