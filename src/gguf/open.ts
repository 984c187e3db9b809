import { LlamaError, printable } from "../errors.js";
import { FileSource } from "../files/source.js";
import type { GgufFile } from "./file.js";
import { DEFAULT_ALIGNMENT, GGUF_MAGIC, GGUF_VERSIONS } from "./format.js";
import { type Metadata, readMetadata } from "./metadata.js";
import { BoundedReader } from "./reader.js";
import { joinShards } from "./shards.js";
import { MAX_TENSOR_COUNT, placeTensors, readTensorTable, SMALLEST_TENSOR_ENTRY } from "./tensors.js";

/**
 * Reads the header, metadata and tensor table of a GGUF file (version 2 or 3, little-endian), and of the other shards
 * where it is the first of several. Nothing in the result reaches past a file's end.
 * @throws LlamaError `not-found`, `unreadable`, `format`, `unsupported`
 */
export function openGguf(path: string): GgufFile {
  return joinShards(openOne(path), openOne);
}

function openOne(path: string): GgufFile {
  const source = new FileSource(path);
  try {
    return readGguf(source);
  } finally {
    source.close();
  }
}

function readGguf(source: FileSource): GgufFile {
  refuseOtherFormats(source);
  const reader = new BoundedReader(source);
  reader.u32("the magic number");
  const version = reader.u32("the version");
  refuseOtherVersions(version);
  const tensorCount = reader.count("the number of tensors", SMALLEST_TENSOR_ENTRY, MAX_TENSOR_COUNT);
  const metadataCount = reader.count("the number of metadata keys", 8 + 4 + 1, Number.MAX_SAFE_INTEGER);
  const metadata = readMetadata(reader, metadataCount);
  const alignment = readAlignment(metadata);
  const table = readTensorTable(reader, tensorCount, alignment);
  const dataStart = Math.ceil(reader.position / alignment) * alignment;
  const tensors = placeTensors(table, source.path, dataStart, source.size);
  return { path: source.path, version, size: source.size, metadata, tensors };
}

function readAlignment(metadata: Metadata): number {
  const alignment = metadata.findInteger("general.alignment") ?? DEFAULT_ALIGNMENT;
  const isPowerOfTwo = alignment > 0 && Number.isInteger(Math.log2(alignment));
  if (!isPowerOfTwo || alignment < 8 || alignment > 1 << 16) {
    throw new LlamaError(
      "format",
      `The GGUF file's general.alignment is ${alignment}, and a power of two from 8 to 65536 was wanted.`,
    );
  }
  return alignment;
}

function refuseOtherVersions(version: number): void {
  if (GGUF_VERSIONS.includes(version)) return;
  const swapped = ((version & 0xff) << 24) | ((version & 0xff00) << 8) | ((version >>> 8) & 0xff00) | (version >>> 24);
  if (GGUF_VERSIONS.includes(swapped)) {
    throw new LlamaError(
      "unsupported",
      `This is a big-endian GGUF file; convert it with gguf_convert_endian.py, only little-endian files are read.`,
    );
  }
  if (version === 1) {
    throw new LlamaError(
      "unsupported",
      "This is a GGUF file of version 1, from August 2023; convert the model again, versions 2 and 3 are read.",
    );
  }
  throw new LlamaError("unsupported", `This is a GGUF file of version ${version}; versions 2 and 3 are read.`);
}

/** First bytes of files that people confuse with GGUF, and what to say of them. */
const OTHER_FORMATS: readonly {
  readonly name: string;
  readonly matches: (head: Uint8Array, size: number) => boolean;
}[] = [
  { name: "a zip archive, perhaps a PyTorch checkpoint", matches: (head) => startsWith(head, "PK\x03\x04") },
  {
    name: "a Python pickle, perhaps an old PyTorch checkpoint",
    matches: (head) => head[0] === 0x80 && (head[1] ?? 0) <= 5,
  },
  {
    name: "a GGML file from before GGUF",
    matches: (head) => ["lmgg", "fmgg", "tjgg", "algg"].some((magic) => startsWith(head, magic)),
  },
  { name: "a safetensors file", matches: (head) => head[8] === 0x7b && head[6] === 0 && head[7] === 0 },
  { name: "a llama2.c checkpoint", matches: looksLikeLlama2c },
  { name: "a gzip archive", matches: (head) => head[0] === 0x1f && head[1] === 0x8b },
  { name: "a web page", matches: (head) => /^\s*<(!doctype|html)/i.test(latin1(head)) },
  { name: "a Git LFS pointer, not the file itself", matches: (head) => startsWith(head, "version https://git-lfs") },
  { name: "a text file", matches: (head) => head.length > 0 && /^[\t\n\r\x20-\x7e]*$/.test(latin1(head)) },
];

function refuseOtherFormats(source: FileSource): void {
  const head = new Uint8Array(Math.min(64, source.size));
  source.read(head, 0);
  const shown = printable(source.path, 256);
  if (head.length === 0) {
    throw new LlamaError("format", `${shown} is empty; a GGUF file was wanted.`);
  }
  if (head.length >= 4 && new DataView(head.buffer).getUint32(0, true) === GGUF_MAGIC) return;
  if (head.length < 4) {
    throw new LlamaError("format", `${shown} has only ${head.length} bytes; a GGUF file was wanted.`);
  }
  const other = OTHER_FORMATS.find((format) => format.matches(head, source.size))?.name;
  const found =
    other ?? `not a GGUF file (it begins with the bytes ${Buffer.from(head.subarray(0, 4)).toString("hex")})`;
  throw new LlamaError("format", `${shown} is ${found}; a GGUF file was wanted.`);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function startsWith(head: Uint8Array, magic: string): boolean {
  return latin1(head.subarray(0, magic.length)) === magic;
}

/** Its header is seven int32: dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size, seq_len. */
function looksLikeLlama2c(head: Uint8Array, size: number): boolean {
  if (startsWith(head, "24ka")) return true;
  if (head.length < 28 || size < 1000) return false;
  const fields = [...new Int32Array(head.buffer.slice(0, 28))].map(Math.abs);
  const [dim = 0, hidden = 0, layers = 0, heads = 0, kvHeads = 0, vocab = 0, context = 0] = fields;
  return (
    [dim, hidden, layers, heads, kvHeads, vocab, context].every((field) => field > 0 && field < 1 << 20) &&
    dim % heads === 0 &&
    heads % kvHeads === 0
  );
}
