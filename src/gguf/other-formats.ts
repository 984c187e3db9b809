import { LlamaError } from "../errors.js";
import { GGUF_MAGIC } from "./format.js";
import type { ByteSource } from "./reader.js";

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

/**
 * Refuses a file by its first bytes, saying what it is.
 * @param shown its name, safe to be shown
 * @throws LlamaError `format`
 */
export function refuseOtherFormats(source: ByteSource, shown: string): void {
  const head = new Uint8Array(Math.min(64, source.size));
  source.read(head, 0);
  if (head.length === 0) throw new LlamaError("format", `${shown} is empty; expected a GGUF file.`);
  if (head.length < 4) {
    const bytes = head.length === 1 ? "byte" : "bytes";
    throw new LlamaError("format", `${shown} has only ${head.length} ${bytes}; expected a GGUF file.`);
  }
  if (new DataView(head.buffer).getUint32(0, true) === GGUF_MAGIC) return;
  const other = OTHER_FORMATS.find((format) => format.matches(head, source.size))?.name;
  const hex = Array.from(head.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const found = other ?? `not a GGUF file (it begins with the bytes ${hex})`;
  throw new LlamaError("format", `${shown} is ${found}; expected a GGUF file.`);
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
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
