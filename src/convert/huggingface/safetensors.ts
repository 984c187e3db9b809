import { LlamaError, printable } from "../../errors.js";
import { shownPath } from "../../files/failure.js";
import { FileSource } from "../../files/source.js";
import { findTensorTypeByName, type TensorType } from "../../gguf/format.js";
import type { ByteSource } from "../../gguf/reader.js";
import { JsonObject, parseJsonObject } from "./json-object.js";

/** A tensor of a safetensors file. */
export interface SafeTensor {
  readonly path: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly type: TensorType;
  /** As in the file: of a matrix, rows first. */
  readonly shape: readonly number[];
}

/** A hundred times what the largest files have; the format itself allows 100 MB. */
const MAX_HEADER_BYTES = 8 << 20;
const MAX_DIMS = 8;

/**
 * Reads the header of a file: u64 length, a JSON object of that many bytes, then the tensors' data without holes
 * (https://github.com/huggingface/safetensors#format). Tensors of types that are not floats are left out.
 * @throws LlamaError `format` where the header or its offsets are damaged
 */
export function readSafetensors(path: string): { tensors: Map<string, SafeTensor>; others: Map<string, string> } {
  const source = new FileSource(path, "a safetensors file");
  try {
    return parseSafetensors(source, path);
  } finally {
    source.close();
  }
}

/** The same, of bytes wherever they are; `others` has the types of the tensors that were left out, by name. */
export function parseSafetensors(
  source: ByteSource,
  path: string,
): { tensors: Map<string, SafeTensor>; others: Map<string, string> } {
  const shown = shownPath(path);
  const start = 8 + headerLength(source, shown);
  const bytes = new Uint8Array(start - 8);
  if (source.read(bytes, 8) < bytes.length) throw damaged(shown, "it ended while it was read");
  const header = parseJsonObject(decode(bytes, shown), `The header of ${shown}`);
  const tensors = new Map<string, SafeTensor>();
  const others = new Map<string, string>();
  const spans: { begin: number; end: number; name: string }[] = [];
  for (const [name, value] of header.entries()) {
    if (name === "__metadata__") continue;
    const tensor = new JsonObject(value, `Tensor "${printable(name)}" of ${shown}`);
    const [begin, end] = readSpan(tensor);
    const shape = readShape(tensor);
    spans.push({ begin, end, name });
    const dtype = tensor.getString("dtype");
    const type = Object.hasOwn(TYPES, dtype) ? findTensorTypeByName(dtype) : undefined;
    if (type === undefined) {
      others.set(name, dtype);
      continue;
    }
    const expected = shape.reduce((product, dim) => product * dim, 1) * type.blockBytes;
    if (end - begin !== expected) {
      throw damaged(shown, `tensor "${printable(name)}" has ${end - begin} bytes where its shape asks for ${expected}`);
    }
    tensors.set(name, { path, offset: start + begin, type, shape });
  }
  checkSpans(spans, source.size - start, shown);
  return { tensors, others };
}

const TYPES: Readonly<Record<string, true>> = { F32: true, F16: true, BF16: true };

function headerLength(source: ByteSource, shown: string): number {
  const head = new Uint8Array(8);
  if (source.size < 8 || source.read(head, 0) < 8) throw damaged(shown, `it has ${source.size} bytes only`);
  const length = new DataView(head.buffer).getBigUint64(0, true);
  if (length > BigInt(source.size - 8)) {
    throw damaged(shown, `its header has ${length} bytes, and the file has ${source.size}`);
  }
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new LlamaError(
      "format",
      `The header of ${shown} has ${length} bytes, and the limit is ${MAX_HEADER_BYTES}; it is not a file of weights.`,
    );
  }
  return Number(length);
}

function decode(bytes: Uint8Array, shown: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new LlamaError("format", `The header of ${shown} is not UTF-8 text; it is not a safetensors file.`, {
      cause,
    });
  }
}

function readSpan(tensor: JsonObject): [begin: number, end: number] {
  const [begin, end, ...rest] = tensor.getArray("data_offsets");
  if (isCount(begin) && isCount(end) && begin <= end && rest.length === 0) return [begin, end];
  throw new LlamaError("format", `${tensor.place} has damaged data_offsets; expected two whole numbers in order.`);
}

function readShape(tensor: JsonObject): number[] {
  const shape = tensor.getArray("shape");
  const count = shape.reduce<number>((product, dim) => product * Number(dim), 1);
  if (shape.length <= MAX_DIMS && shape.every(isCount) && Number.isSafeInteger(count)) return shape as number[];
  throw new LlamaError("format", `${tensor.place} has a damaged shape; expected up to ${MAX_DIMS} whole numbers.`);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The data has no holes, and no two tensors share any. */
function checkSpans(spans: { begin: number; end: number; name: string }[], size: number, shown: string): void {
  spans.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { begin, end, name } of spans) {
    if (begin !== at)
      throw damaged(shown, `the data of tensor "${printable(name)}" begins at ${begin} instead of ${at}`);
    at = end;
  }
  if (at !== size) throw damaged(shown, `its tensors have ${at} bytes, and ${size} bytes follow its header`);
}

function damaged(shown: string, what: string): LlamaError {
  return new LlamaError("format", `The safetensors file ${shown} is damaged: ${what}; download it again.`);
}
