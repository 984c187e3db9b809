import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CacheRefused, readCacheFile } from "#dist/chat/saved/cache-file.js";
import { readTranscript } from "#dist/chat/saved/transcript.js";
import type { Session } from "#dist/generation/session.js";
import { isRefusal, type Target, texts } from "../target.js";

const folder = mkdtempSync(join(tmpdir(), "llama2-fuzz-"));
const path = join(folder, "input");

/** A saved conversation. */
export const transcript: Target = {
  name: "transcript",
  modules: ["/chat/saved/transcript", "/chat/saved/bounded-json", "/chat/message", "/files/text"],
  seeds: () =>
    texts(
      '{"format":"llama2 chat","version":1,"system":"Be brief.","droppedExchanges":0,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello!"}]}',
      '{"format":"llama2 chat","version":1,"droppedExchanges":1,"messages":[]}',
    ),
  words: texts(
    '"format"',
    '"version"',
    '"messages"',
    '"role"',
    '"content"',
    '"user"',
    "null",
    "{}",
    "[]",
    "1e999",
    "\\ud800",
    '"toString"',
  ),
  run(input) {
    writeFileSync(path, input);
    try {
      const { messages, droppedExchanges } = readTranscript(path);
      if (messages.some(({ role, content }) => typeof content !== "string" || !/^(user|assistant)$/.test(role))) {
        throw new Error("a message is not one");
      }
      if (!Number.isInteger(droppedExchanges)) throw new Error("the number of dropped exchanges is not one");
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  },
};

const SHAPE = { types: { key: "f16", value: "f16" }, layers: 1, kvHeads: 1, keyRow: 4, valueRow: 4 } as const;
const MODEL = "0".repeat(64);

/** Stands for the session that a cache is read into. */
function session(): Session {
  const writeCache = async (positions: number, write: (rows: Iterable<Uint8Array>) => Promise<void>) => {
    if (positions > 64) throw new Error(`${positions} positions do not fit`);
    await write(Array.from({ length: positions }, () => new Uint8Array(8)));
  };
  return { cacheShape: SHAPE, contextSize: 64, writeCache, canRestore: () => true } as unknown as Session;
}

/** A saved KV cache; its digest is made right, or nothing would ever get past it. */
export const cache: Target = {
  name: "cache",
  modules: ["/chat/saved/cache-file", "/chat/saved/bounded-json", "/chat/cache-contents"],
  seeds: () => {
    const head = { model: MODEL, shape: SHAPE, ids: [1, 2, 3], text: "Hi", checkpoints: [{ chars: 1, ids: 2 }] };
    const json = Buffer.from(JSON.stringify(head));
    const fixed = Buffer.from("LLAMA2KV\x02\0\0\0\0\0\0\0", "latin1");
    fixed.writeUInt32LE(json.length, 12);
    return [new Uint8Array(Buffer.concat([fixed, json, Buffer.alloc(3 * 8)]))];
  },
  words: texts('"model"', '"shape"', '"ids"', '"checkpoints"', '"chars"', "LLAMA2KV", "null", "[]", "{}", "-1", "1e99"),
  async run(input) {
    writeFileSync(path, Buffer.concat([input, createHash("sha256").update(input).digest()]));
    try {
      const contents = await readCacheFile({ path, model: MODEL, vocabularySize: 10 }, session());
      contents.shared([1, 2, 3]);
    } catch (error) {
      if (!(error instanceof CacheRefused) && !isRefusal(error)) throw error;
    }
  },
};
