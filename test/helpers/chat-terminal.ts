import assert from "node:assert/strict";
import { join } from "node:path";
import { fixtureModel, text, writeFixture } from "./model-fixture.js";
import { KEYS, PseudoTerminal, type TerminalOptions } from "./pseudo-terminal.js";
import { temporaryFolder } from "./temporary.js";

/** Where the chats of a test file keep what they keep. */
export const folder: string = temporaryFolder();

const model = join(folder, "model.gguf");
writeFixture(model, fixtureModel({ contextLength: 16_384, metadata: { "general.name": text("llama-2-chat") } }));

/** Answers that never end by themselves, for what happens while one is written. */
export const ENDLESS: readonly string[] = ["-m", model, "-c", "0", "--ignore-eos", "-t", "1", "-s", "1"];
/** Answers of a few letters. */
export const SHORT: readonly string[] = [...ENDLESS, "-n", "8"];

let homes = 0;

/** A home folder that no other chat has. */
export function newHome(): string {
  return join(folder, `home-${homes++}`);
}

/** A chat in a terminal, with a history of its own unless `home` gives it one. */
export function openChat(
  args: readonly string[],
  options: TerminalOptions & { readonly home?: string } = {},
): Promise<PseudoTerminal> {
  const { home = newHome(), env, ...others } = options;
  return PseudoTerminal.open(["chat", ...args], { ...others, env: { XDG_STATE_HOME: home, HOME: home, ...env } });
}

/** Leaves by Ctrl-D. */
export async function leave(terminal: PseudoTerminal): Promise<void> {
  terminal.type(KEYS.ctrlD);
  assert.equal(await terminal.exit, 0);
}

/** The messages that `/tokens` lists. */
export async function messages(terminal: PseudoTerminal, role: "user" | "assistant"): Promise<string[]> {
  const before = terminal.lines.length;
  terminal.enter("/tokens");
  await terminal.shows((shown) =>
    /in\s+the\s+KV\s+cache[\s\S]*\n> ?$/.test(
      shown
        .split("\n")
        .slice(before - 1)
        .join("\n"),
    ),
  );
  const rows = terminal.lines.slice(before).filter((line) => line.startsWith(`  ${role} `));
  return rows.map((line) => line.replace(/^ +\w+ +(\d+|left out) +/, ""));
}
