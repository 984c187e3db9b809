import type { WeightOrigin } from "../engine/team/weight-source.js";
import type { GgufFile } from "../gguf/file.js";
import { openGguf } from "../gguf/open.js";
import { MIXES } from "../quantize/mixes.js";
import { randomModel } from "./random-model.js";
import type { ModelShape } from "./shapes.js";

/** A model to measure: a file, or random weights of a shape in a type or mix. */
export type ModelSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "shape"; readonly shape: ModelShape; readonly typeName: string };

/** What a result says of its model. */
export interface ModelFacts {
  /** Its own name for itself, or its file's; from the file, so print it through `printable`. */
  readonly name: string;
  /** The path of its file; of a shape, a description. */
  readonly path: string;
  /** The mix that the file says it is in, or the type that most of its bytes are of. */
  readonly type: string;
  /** Of all tensors. */
  readonly bytes: number;
  readonly parameters: number;
}

export interface OpenModel {
  readonly file: GgufFile;
  readonly origin: WeightOrigin;
}

export function openModel(source: ModelSource): OpenModel {
  if (source.kind === "shape") return randomModel(source.shape, source.typeName);
  return { file: openGguf(source.path), origin: { kind: "files" } };
}

export function modelFacts({ path, metadata, tensors }: GgufFile): ModelFacts {
  return {
    name: metadata.findString("general.name") ?? path.replace(/^.*[/\\]/, ""),
    path,
    type: mixName(metadata.findInteger("general.file_type")) ?? largestType(tensors),
    bytes: tensors.reduce((sum, tensor) => sum + tensor.bytes, 0),
    parameters: tensors.reduce((sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1), 0),
  };
}

function mixName(fileType: number | undefined): string | undefined {
  return Object.entries(MIXES).find(([, mix]) => mix.fileType === fileType)?.[0];
}

function largestType(tensors: GgufFile["tensors"]): string {
  const bytesByType = new Map<string, number>();
  for (const { type, bytes } of tensors) bytesByType.set(type.name, (bytesByType.get(type.name) ?? 0) + bytes);
  const [largest] = [...bytesByType].sort(([, a], [, b]) => b - a);
  return largest?.[0] ?? "none";
}
