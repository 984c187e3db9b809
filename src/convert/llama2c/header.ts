import { LlamaError } from "../../errors.js";
import { shownPath } from "../../files/failure.js";
import type { ByteSource } from "../../gguf/reader.js";

/** What the header of a llama2.c checkpoint says. */
export interface Llama2cHeader {
  readonly dim: number;
  readonly hiddenDim: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly vocabularySize: number;
  readonly contextLength: number;
  /** Whether the token embedding serves as the output's matrix. */
  readonly isTied: boolean;
  /** Bytes before the weights, in the order of which version. */
  readonly bytes: number;
  readonly version: 0 | 1;
}

const MAGIC = 0x616b3432; // "ak42"
const LEGACY_BYTES = 28;
/** As many as a GGUF file may have. */
const MAX_LAYERS = 1 << 10;
const VERSION_1_BYTES = 256;
/** What GGUF files begin with, big-endian. */
const GGUF = 0x47475546;

/**
 * Reads the header (https://github.com/karpathy/llama2.c/blob/master/export.py): in version 0, seven i32: dim,
 * hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size (negative where the output has a matrix of its own), seq_len;
 * in version 1 the magic and the version before them, a byte for what the sign says, and zeros up to 256 bytes.
 * @throws LlamaError `format` where it is none, `unsupported` for the quantised version 2
 */
export function readHeader(source: ByteSource, path: string): Llama2cHeader {
  const head = new Uint8Array(VERSION_1_BYTES);
  const length = source.read(head, 0);
  const view = new DataView(head.buffer);
  if (view.getUint32(0, false) === GGUF) {
    const message = `${shownPath(path)} is a GGUF file already; use quantize to give it another type.`;
    throw new LlamaError("format", message);
  }
  const isLegacy = view.getUint32(0, true) !== MAGIC;
  if (length < (isLegacy ? LEGACY_BYTES : VERSION_1_BYTES)) throw notACheckpoint(path);
  const version = isLegacy ? 0 : view.getInt32(4, true);
  if (version !== 0 && version !== 1) {
    throw new LlamaError(
      "unsupported",
      `${shownPath(path)} is a llama2.c checkpoint of version ${version}; export it as version 0 or 1, which are not quantized.`,
    );
  }
  const start = isLegacy ? 0 : 8;
  const field = (index: number) => view.getInt32(start + 4 * index, true);
  const fields = [0, 1, 2, 3, 4, 5, 6].map(field);
  const [dim = 0, hiddenDim = 0, layers = 0, heads = 0, kvHeads = 0, vocabulary = 0, contextLength = 0] = fields;
  const vocabularySize = isLegacy ? Math.abs(vocabulary) : vocabulary;
  const isSound =
    [dim, hiddenDim, layers, heads, kvHeads, vocabularySize, contextLength].every((n) => n > 0 && n <= 1 << 20) &&
    layers <= MAX_LAYERS &&
    dim % heads === 0 &&
    heads % kvHeads === 0;
  if (!isSound) throw notACheckpoint(path);
  const isTied = isLegacy ? vocabulary > 0 : head[36] === 1;
  const bytes = isLegacy ? LEGACY_BYTES : VERSION_1_BYTES;
  return { dim, hiddenDim, layers, heads, kvHeads, vocabularySize, contextLength, isTied, bytes, version };
}

function notACheckpoint(path: string): LlamaError {
  return new LlamaError(
    "format",
    `${shownPath(path)} is not a llama2.c checkpoint; give one, or a folder with safetensors.`,
  );
}
