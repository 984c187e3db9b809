import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { run } from "#dist/cli/main.js";
import { type Streams, Terminal } from "#dist/cli/terminal.js";
import type { CommandResult } from "./command.js";
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

/** Runs `llama2 chat` in this process, with lines from a pipe: what is said of it is the same, and starts sooner. */
export async function runChat(
  args: readonly string[],
  input = "",
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const texts = [stdout, stderr].map(async (stream) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  });
  stdin.end(input);
  const code = await run(["chat", ...args], new Terminal({ stdin, stdout, stderr, env } as unknown as Streams));
  stdout.end();
  stderr.end();
  const [out = "", err = ""] = await Promise.all(texts);
  return { code, stdout: out, stderr: err };
}

/** The same, to a good end. */
export async function chat(args: readonly string[], input = ""): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await runChat(args, input);
  assert.equal(code, 0, stderr);
  return { stdout, stderr };
}

/** What a session file holds. */
export function transcript(path: string): { system?: string; messages: { role: string; content: string }[] } {
  return JSON.parse(readFileSync(path, "utf8"));
}
