import type { CacheShape } from "../../engine/plan/cache-layout.js";
import { LlamaError } from "../../errors.js";
import { AtomicFile } from "../../files/atomic-file.js";
import { shownPath } from "../../files/failure.js";
import { FileSource } from "../../files/source.js";
import type { Session } from "../../generation/session.js";
import { platform } from "../../platform/current.js";
import { CacheContents, type Checkpoint } from "../cache-contents.js";
import { parseBoundedJson } from "./bounded-json.js";
import { PRIVATE } from "./transcript.js";

/**
 * A KV cache in a file, in the bytes that it has in memory:
 *
 * ```
 * "LLAMA2KV" | u32 version | u32 bytes of the head | head, JSON | rows, as Session.readCache shows them |
 * SHA-256 of all before
 * ```
 *
 * The head says which tokens the rows are of, so they are of use to any conversation that begins with these, and do no
 * harm to others.
 */
const MAGIC = Buffer.from("LLAMA2KV");
const WHAT = "a saved KV cache";
const VERSION = 2;
const FIXED_BYTES = 16;
const DIGEST_BYTES = 32;
const MAX_HEAD_BYTES = 1 << 26;
/** Values in a head, apart from those that every token has. */
const SPARE_VALUES = 1000;
/** An id, and a checkpoint of two numbers where an answer ends with it. */
const VALUES_PER_TOKEN = 4;
/** Bytes after which other work has a turn. */
const STRETCH = 4 << 20;

/** Whose cache it is, and what it holds: see {@link CacheContents}. */
interface Head {
  readonly model: string;
  readonly shape: CacheShape;
  readonly ids: readonly number[];
  readonly text: string;
  readonly checkpoints: readonly Checkpoint[];
}

/** Where a cache is kept: for a saved conversation beside it, and for one model. */
export interface CacheFile {
  readonly path: string;
  /** The model's fingerprint, and those of the adapters it answers with, with their scales. */
  readonly model: string;
  /** Ids of its vocabulary. */
  readonly vocabularySize: number;
}

/** Why a file was not used, to be said to a person: a clause, without its full stop. */
export class CacheRefused extends Error {
  override readonly name = "CacheRefused";
}

/**
 * Looks at what is in the place of a cache: nobody named that file, so only another cache may be replaced.
 * @throws LlamaError `unwritable` where it is something else
 */
export function requireReplaceable(path: string): void {
  const begin = Buffer.alloc(MAGIC.length);
  let cause: unknown;
  try {
    const source = new FileSource(path, WHAT);
    try {
      const bytes = source.read(begin, 0);
      if (begin.subarray(0, bytes).equals(MAGIC.subarray(0, bytes))) return;
    } finally {
      source.close();
    }
  } catch (error) {
    if (error instanceof LlamaError && error.code === "not-found") return;
    cause = error;
  }
  throw new LlamaError(
    "unwritable",
    `${shownPath(path)} already exists and is not the KV cache of a conversation; save under another name.`,
    { cause },
  );
}

/**
 * Writes all that the session holds, whole or not at all.
 * @throws LlamaError `unwritable`
 */
export async function writeCacheFile(file: CacheFile, session: Session, contents: CacheContents): Promise<void> {
  const { ids, text, checkpoints } = contents;
  const head: Head = { model: file.model, shape: session.cacheShape, ids, text, checkpoints };
  const json = Buffer.from(JSON.stringify(head));
  const fixed = Buffer.alloc(FIXED_BYTES);
  MAGIC.copy(fixed);
  fixed.writeUInt32LE(VERSION, 8);
  fixed.writeUInt32LE(json.length, 12);

  const hash = platform.sha256();
  const target = new AtomicFile(file.path, { mode: PRIVATE, force: true });
  const write = (bytes: Uint8Array) => {
    hash.update(bytes);
    target.write(bytes);
  };
  try {
    write(fixed);
    write(json);
    await session.readCache((rows) => eachInTurn(rows, write));
    target.write(hash.digest());
    target.commit();
  } finally {
    target.discard();
  }
}

/**
 * Fills the session from a file.
 * @throws CacheRefused where the file is damaged or belongs to another model; the session may be empty then
 */
export async function readCacheFile(file: CacheFile, session: Session): Promise<CacheContents> {
  const source = open(file.path);
  try {
    const hash = platform.sha256();
    let at = 0;
    const read = (bytes: Uint8Array) => {
      if (source.read(bytes, at) < bytes.length) throw damaged();
      at += bytes.length;
      hash.update(bytes);
    };
    const head = readHead(source, read, session.contextSize);
    refuseForeign(head, file, session);
    const { shape, ids } = head;
    const rowBytes = shape.layers * shape.kvHeads * (shape.keyRow + shape.valueRow);
    if (source.size !== at + rowBytes * ids.length + DIGEST_BYTES) throw damaged();
    await session.writeCache(ids.length, async (rows) => {
      await eachInTurn(rows, read);
      const wanted = hash.digest();
      const found = Buffer.alloc(DIGEST_BYTES);
      if (source.read(found, at) < DIGEST_BYTES || !found.equals(wanted)) throw damaged();
    });
    return new CacheContents(ids, head.text, head.checkpoints);
  } finally {
    source.close();
  }
}

function open(path: string): FileSource {
  try {
    return new FileSource(path, WHAT);
  } catch (error) {
    if (!(error instanceof LlamaError)) throw error;
    throw new CacheRefused(
      error.code === "not-found" ? "there is no KV cache beside it" : "its KV cache cannot be read",
    );
  }
}

function readHead(source: FileSource, read: (bytes: Uint8Array) => void, contextSize: number): Head {
  const fixed = Buffer.alloc(FIXED_BYTES);
  read(fixed);
  if (!fixed.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged();
  const version = fixed.readUInt32LE(8);
  if (version !== VERSION) {
    throw new CacheRefused(`its KV cache has version ${version} of the format (expected ${VERSION})`);
  }
  const bytes = fixed.readUInt32LE(12);
  if (bytes > Math.min(MAX_HEAD_BYTES, source.size)) throw damaged();
  const json = Buffer.alloc(bytes);
  read(json);
  let head: unknown;
  try {
    head = parseBoundedJson(json.toString(), SPARE_VALUES + VALUES_PER_TOKEN * contextSize);
  } catch (error) {
    throw error instanceof RangeError ? new CacheRefused("its KV cache was made for a longer context") : damaged();
  }
  if (!isHead(head)) throw damaged();
  return head;
}

function refuseForeign({ model, shape, ids }: Head, file: CacheFile, session: Session): void {
  const { types } = session.cacheShape;
  if (model !== file.model) {
    const isAdapted = model.split(" ")[0] === file.model.split(" ")[0];
    throw new CacheRefused(
      isAdapted ? "its KV cache was made with other adapters" : "its KV cache is from another model",
    );
  }
  if (shape.types.key !== types.key || shape.types.value !== types.value) {
    throw new CacheRefused(
      `its KV cache has the types ${shape.types.key} and ${shape.types.value}, but the model was loaded with ${types.key} and ${types.value}`,
    );
  }
  if (shapeText(shape) !== shapeText(session.cacheShape)) throw damaged();
  if (ids.length > session.contextSize) {
    throw new CacheRefused(`its KV cache holds ${ids.length} tokens, but the context only ${session.contextSize}`);
  }
  if (!session.canRestore(ids.length)) {
    throw new CacheRefused(`its KV cache holds ${ids.length} tokens, more than this model keeps at once`);
  }
  if (ids.some((id) => id >= file.vocabularySize)) throw damaged();
}

function shapeText({ layers, kvHeads, keyRow, valueRow }: CacheShape): string {
  return [layers, kvHeads, keyRow, valueRow].join();
}

/** Whether every part of it is what it should be: from a file it may be anything. */
function isHead(value: unknown): value is Head {
  if (!isRecord(value)) return false;
  const { model, shape, ids, text, checkpoints } = value;
  if (typeof model !== "string" || typeof text !== "string" || !isShape(shape)) return false;
  if (!Array.isArray(ids) || !ids.every(isCount) || !Array.isArray(checkpoints)) return false;
  // In order, and within what they are places in.
  let last: Checkpoint = { chars: 0, ids: 0 };
  for (const checkpoint of checkpoints as unknown[]) {
    if (!isRecord(checkpoint)) return false;
    const { chars, ids: count } = checkpoint;
    if (!isCount(chars) || !isCount(count) || chars < last.chars || count < Math.max(1, last.ids)) return false;
    last = { chars, ids: count };
  }
  return last.chars <= text.length && last.ids <= ids.length;
}

const CACHE_TYPE = /^[a-z0-9_]{1,16}$/;

function isShape(value: unknown): value is CacheShape {
  if (!isRecord(value) || !isRecord(value["types"])) return false;
  const { layers, kvHeads, keyRow, valueRow } = value;
  const { key, value: values } = value["types"];
  const areTypes = [key, values].every((type) => typeof type === "string" && CACHE_TYPE.test(type));
  return areTypes && [layers, kvHeads, keyRow, valueRow].every(isCount);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

async function eachInTurn(rows: Iterable<Uint8Array>, use: (bytes: Uint8Array) => void): Promise<void> {
  let bytes = 0;
  for (const row of rows) {
    use(row);
    bytes += row.length;
    if (bytes < STRETCH) continue;
    bytes = 0;
    await platform.nextTurn();
  }
}

function damaged(): CacheRefused {
  return new CacheRefused("its KV cache is damaged");
}
