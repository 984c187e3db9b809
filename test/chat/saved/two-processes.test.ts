import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { readTranscript } from "#dist/chat/saved/transcript.js";
import { LlamaError } from "#dist/errors.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const WRITES = 150;

/** Writes one conversation again and again; every message says who wrote it, and in which round. */
const WRITER = `
  import { writeTranscript } from ${JSON.stringify(import.meta.resolve("#dist/chat/saved/transcript.js"))};
  const [path, name] = process.argv.slice(1);
  for (let round = 1; round <= ${WRITES}; round++) {
    const content = name + round + " ".repeat(50_000);
    const messages = [{ role: "user", content }, { role: "assistant", content }];
    writeTranscript(path, { system: content, messages, droppedExchanges: 0 });
  }`;

test("of two processes that keep one session the last to write wins, and no reader sees half of either", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "session.json");
  let running = 0;
  const ended = ["a", "b"].map((name) => {
    running++;
    const writer = spawn(process.execPath, ["--input-type=module", "-e", WRITER, path, name], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    return new Promise((resolve) => writer.on("close", resolve)).finally(() => running--);
  });
  const seen = new Set<string>();
  do {
    seen.add(readWhole(path));
    await setImmediate();
  } while (running > 0);
  assert.deepEqual(await Promise.all(ended), [0, 0]);
  assert.ok(seen.size > 3, `${seen.size} states were seen`);
  assert.match(readWhole(path), new RegExp(`^[ab]${WRITES}$`));
  assert.deepEqual(readdirSync(folder), ["session.json"]);
});

/** Who wrote the conversation, and when; all of it must be from one time. */
function readWhole(path: string): string {
  try {
    const { system = "", messages } = readTranscript(path);
    for (const { content } of messages) assert.equal(content, system);
    return system.trim();
  } catch (error) {
    if (error instanceof LlamaError && error.code === "not-found") return "";
    throw error;
  }
}
