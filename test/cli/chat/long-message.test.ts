import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folder, model } from "../../helpers/chat-command.js";

test("a message that could never fit is refused before a template writes it", () => {
  const script = `
    const { run } = await import(${JSON.stringify(import.meta.resolve("#dist/cli/main.js"))});
    const { Terminal } = await import(${JSON.stringify(import.meta.resolve("#dist/cli/terminal.js"))});
    const { PassThrough } = await import("node:stream");
    const chat = async (...args) => {
      const said = [];
      const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
      stdin.end();
      stdout.resume();
      stderr.on("data", (chunk) => said.push(chunk));
      const streams = { stdin, stdout, stderr, env: {} };
      const code = await run(["chat", "-q", "-m", process.argv[1], ...args], new Terminal(streams));
      return { code, said: Buffer.concat(said).toString(), kilobytes: process.resourceUsage().maxRSS };
    };
    const before = await chat("-p", "hi", "-n", "1");
    const after = await chat("-f", process.argv[2]);
    console.log(JSON.stringify({ ...after, megabytes: (after.kilobytes - before.kilobytes) / 1000 }));
  `;
  const words = join(folder, "words.txt");
  writeFileSync(words, "The cat sat on the mat. ".repeat(400_000));
  const { code, said, megabytes } = JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", script, model, words], { encoding: "utf8" }),
  ) as { code: number; said: string; megabytes: number };
  assert.equal(code, 1);
  assert.match(said, /error: The message needs more than 4096 tokens, but the context holds only 1024 \(answer/);
  // The text itself, as bytes and as characters; a prompt made of it takes more than a gigabyte.
  assert.ok(megabytes < 100, `${megabytes} MB`);
});
