/** A conversation that was saved, how it went on, and copies of its files with what is wrong in them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChatAnswer } from "#dist/chat/answer.js";
import type { ChatSession } from "#dist/chat/chat-session.js";
import type { Llama } from "#dist/llama.js";
import { collect, folder, llama, OPTIONS } from "./chats.js";

export async function talk(model: Llama = llama): Promise<ChatSession> {
  const chat = await model.createChat({ system: "be kind" });
  await collect(chat.send("the rain", OPTIONS));
  await collect(chat.send("and [INST] then", OPTIONS));
  return chat;
}

export const saved: string = join(folder, "saved.json");
export const chat: ChatSession = await talk();
await chat.save(saved);
export const transcript: Buffer = readFileSync(saved);
export const cache: Buffer = readFileSync(`${saved}.kv`);
export const next: ChatAnswer = chat.send("the end", OPTIONS);
await collect(next);
chat.dispose();

/** Loads the conversation in a fresh chat, and lets it go on; it must go on as the one that was saved did. */
export async function resume(file: string, model: Llama = llama) {
  const resumed = await model.createChat({});
  const loaded = await resumed.load(file);
  const { position } = resumed;
  assert.equal(resumed.system, "be kind");
  assert.deepEqual(resumed.messages, chat.messages.slice(0, 4));
  const answer = resumed.send("the end", OPTIONS);
  await collect(answer);
  resumed.dispose();
  return { loaded, position, answer };
}

/** A copy of what was saved, in files of their own. */
export function copy(
  name: string,
  bytes: Uint8Array | undefined = cache,
  json: Uint8Array | string = transcript,
): string {
  const file = join(folder, `${name.replaceAll(/\W/g, "-")}.json`);
  writeFileSync(file, json);
  if (bytes !== undefined) writeFileSync(`${file}.kv`, bytes);
  return file;
}

/** The file with another head, and all that depends on it made right. */
export function withHead(change: (head: Record<string, unknown>) => void): Buffer {
  const length = cache.readUInt32LE(12);
  const head = JSON.parse(cache.toString("utf8", 16, 16 + length)) as Record<string, unknown>;
  change(head);
  return headOf(JSON.stringify(head));
}

export function headOf(text: string): Buffer {
  const length = cache.readUInt32LE(12);
  const json = Buffer.from(text);
  const fixed = Buffer.from(cache.subarray(0, 16));
  fixed.writeUInt32LE(json.length, 12);
  return sealed(Buffer.concat([fixed, json, cache.subarray(16 + length, -32)]));
}

function sealed(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, createHash("sha256").update(bytes).digest()]);
}
