import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Waiting } from "#dist/cli/chat/reading/waiting.js";
import type { Spinner, Terminal } from "#dist/cli/terminal.js";

/** A terminal that notes what is done to its spinner, and how many there were. */
function fakeTerminal() {
  const calls: string[] = [];
  const spinner = { progress: (done: number) => calls.push(`progress ${done}`), stop: () => calls.push("stop") };
  const terminal = {
    spinner: async (text: string) => {
      calls.push(text);
      return spinner as unknown as Spinner;
    },
  };
  return { calls, terminal: terminal as unknown as Terminal };
}

async function shown(calls: readonly string[]): Promise<void> {
  while (calls.length === 0) await setTimeout(10);
}

test("a spinner that was shown is taken away once, however often it is said to be over", async () => {
  const { calls, terminal } = fakeTerminal();
  const waiting = new Waiting(terminal, "Reading");
  waiting.progress(0.5);
  await shown(calls);
  for (let piece = 0; piece < 5; piece++) waiting.stop();
  assert.deepEqual(calls, ["Reading", "progress 0.5", "stop"]);
});

test("what is over before it lasts shows nothing", async () => {
  const { calls, terminal } = fakeTerminal();
  const waiting = new Waiting(terminal, "Reading");
  waiting.stop();
  await setTimeout(300);
  assert.deepEqual(calls, []);
});
