import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { llama2 } from "./command.js";
import { fixtureModel, text, writeFixture } from "./model-fixture.js";
import { temporaryFolder } from "./temporary.js";

/** Where the chats of a test file keep what they keep. */
export const folder: string = temporaryFolder();

/** The path of a small model with this metadata. */
export function fixture(name: string, metadata: Parameters<typeof fixtureModel>[0] = {}): string {
  const path = join(folder, name);
  writeFixture(path, fixtureModel({ contextLength: 1024, ...metadata }));
  return path;
}

const named = { metadata: { "general.name": text("llama-2-chat") } };
/** A model that is known to chat as Llama 2 does, by its name. */
export const model: string = fixture("model.gguf", named);
/** One that was never taught to chat. */
export const plain: string = fixture("plain.gguf");
/** One that has other weights. */
export const other: string = fixture("other.gguf", { ...named, seed: 2 });

/** Eight tokens an answer, the same ones always. */
export const FLAGS: readonly string[] = ["--temp", "0", "-n", "8", "--ignore-eos", "-t", "1"];

/** Runs `llama2 chat` to a good end. */
export async function chat(args: readonly string[], input = ""): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await llama2(["chat", ...args], { input });
  assert.equal(code, 0, stderr);
  return { stdout, stderr };
}

/** What a session file holds. */
export function transcript(path: string): { system?: string; messages: { role: string; content: string }[] } {
  return JSON.parse(readFileSync(path, "utf8"));
}
