import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import stringWidth from "string-width";
import { ENDLESS, folder, leave, messages, openChat, SHORT } from "../../helpers/chat-terminal.js";
import { llama2 } from "../../helpers/command.js";
import { spread } from "../../helpers/long.js";
import { KEYS, needsTerminal } from "../../helpers/pseudo-terminal.js";
import { runCommand } from "../../helpers/run-command.js";

describe("answers in a terminal", needsTerminal, () => {
  test("streams an answer; Ctrl-C stops it and keeps what came; the chat goes on", async () => {
    const terminal = await openChat(ENDLESS);
    await terminal.prompts(1);
    terminal.enter("hello");
    // It is shown while it is written: it has no end.
    await terminal.shows((shown) => shown.split("> hello\n")[1]?.includes("\n") === true);
    assert.ok(!terminal.text.includes("(stopped)"));
    terminal.type(KEYS.ctrlC);
    await terminal.shows("(stopped)");
    const [answer = ""] = await messages(terminal, "assistant");
    assert.ok(answer.length > 10, answer);
    terminal.enter("/set n 4");
    await terminal.shows("n-predict is 4");
    terminal.enter("and then");
    await terminal.shows("(stopped after 4 tokens: n-predict)");
    assert.deepEqual(await messages(terminal, "user"), ["hello", "and then"]);
    await leave(terminal);
  });

  test("Ctrl-C at an empty prompt says how to leave, and leaves when pressed again", async () => {
    const terminal = await openChat(SHORT);
    await terminal.prompts(1);
    terminal.type("half a message", KEYS.ctrlC);
    await terminal.prompts(2);
    assert.ok(!terminal.text.includes("Ctrl-C again"));
    terminal.type(KEYS.ctrlC);
    await terminal.shows("(Ctrl-C again or Ctrl-D leaves)");
    // Whoever goes on has not meant to leave.
    terminal.enter("/set");
    await terminal.shows("mirostat-lr");
    await terminal.prompts(3);
    terminal.type(KEYS.ctrlC);
    await terminal.shows((shown) => shown.split("(Ctrl-C again").length === 3);
    terminal.type(KEYS.ctrlC);
    assert.equal(await terminal.exit, 0);
  });

  test("keys that come while an answer is written wait for their turn", async () => {
    const terminal = await openChat(ENDLESS);
    await terminal.prompts(1);
    terminal.enter("first");
    await terminal.shows((shown) => shown.split("> first\n")[1]?.includes("\n") === true);
    terminal.type("/help", KEYS.enter, KEYS.ctrlC);
    await terminal.shows("(stopped)");
    // Ctrl-C means what was typed ahead as well.
    await terminal.prompts(2);
    assert.ok(!terminal.text.includes("/help\n"));
    terminal.enter("/set n 500");
    await terminal.shows("n-predict is 500");
    terminal.type("second", KEYS.enter, "/bye", KEYS.enter);
    assert.equal(await terminal.exit, 0);
    assert.match(terminal.text, /stopped after 500 tokens[\s\S]*> \/bye/);
  });

  test("wraps between words at the terminal's width, and shows every word", async () => {
    const said = "tell me a story about a cat";
    const { stdout } = await runCommand(["chat", "-s", "3", "-p", said]);
    for (const columns of spread([20, 60], 1)) {
      const terminal = await openChat(["-s", "3"], { columns, rows: 50 });
      await terminal.prompts(1);
      terminal.enter(said);
      await terminal.shows(/hug\.\n\n> ?$/);
      const lines = terminal.lines.slice(terminal.lines.findLastIndex((line) => line.endsWith("cat")) + 1, -2);
      assert.ok(lines.length > stdout.length / columns, terminal.text);
      assert.deepEqual(lines.join(" ").split(" "), stdout.trim().split(/\s+/));
      assert.ok(Math.max(...lines.map((line) => line.length)) < columns);
      await leave(terminal);
    }
  });

  test("goes on at the new width when the terminal is resized while an answer is written", async () => {
    const terminal = await openChat(ENDLESS, { columns: 60, rows: 20 });
    await terminal.prompts(1);
    terminal.enter("go");
    await terminal.shows((shown) => shown.split("\n").length > 10);
    terminal.resize(33, 20);
    // A few lines were on their way, and one was half written.
    const before = terminal.raw.split("\n").length + 3;
    await terminal.shows(() => terminal.raw.split("\n").length > before + 30);
    terminal.type(KEYS.ctrlC);
    await terminal.shows("(stopped)");
    const all = terminal.raw.split("\n").map((line) => line.trimEnd());
    const stopped = all.findIndex((line) => line.includes("(stopped)"));
    const widths = all.slice(before + 10, stopped).map((line) => stringWidth(line));
    assert.ok(Math.max(...widths) <= 32, `${widths}`);
    assert.ok(Math.max(...widths) > 20, `${widths}`);
    await leave(terminal);
  });

  test("shows a spinner while a long prompt is read, and Ctrl-C ends that too", async () => {
    const file = join(folder, "long.txt");
    writeFileSync(file, "word ".repeat(3000));
    const terminal = await openChat(ENDLESS, { columns: 100 });
    await terminal.prompts(1);
    terminal.enter(`/read ${file}`);
    await terminal.shows(/Reading the prompt \d+%/);
    terminal.type(KEYS.ctrlC);
    await terminal.shows("(stopped before the answer began)");
    await terminal.shows((shown) => !shown.includes("Reading the prompt"));
    await leave(terminal);
  });

  test("shows no spinner for what was refused", async () => {
    const terminal = await openChat(ENDLESS);
    await terminal.prompts(1);
    terminal.enter("/regen");
    await terminal.shows("There is no message to answer yet");
    await leave(terminal);
    assert.ok(!terminal.raw.includes("Reading the prompt"));
  });

  test("lets nothing that a model writes speak to the terminal", async () => {
    // Token 30 is the byte 0x1b, which would begin an escape code; 126 is a "{", which keeps it company.
    const terminal = await openChat([...ENDLESS, "-n", "50", "-l", "30+60", "-l", "126+60"]);
    await terminal.prompts(1);
    const before = terminal.raw.length;
    terminal.enter("hi");
    await terminal.shows(/\{{5}[\s\S]*: n-predict/);
    const [, shown = ""] = /hi\r+\n([\s\S]*)\r\n[^\n]*: n-predict/.exec(terminal.raw.slice(before)) ?? [];
    // A slow machine shows a spinner first, which ends with the cursor shown again.
    const answer = shown.split("\x1b[?25h").at(-1) ?? "";
    assert.match(answer, /^\{+$/);
    assert.ok(answer.length < 45, "some of the 50 tokens were escape characters");
    await leave(terminal);
  });

  test("uses colours, and none where they are not wanted", async () => {
    const runs: [args: string[], env: Record<string, string>, isColoured: boolean][] = [
      [[], {}, true],
      [[], { NO_COLOR: "1" }, false],
      [["--color"], { NO_COLOR: "1" }, true],
      [["--no-color"], {}, false],
    ];
    for (const [args, env, isColoured] of spread(runs, 2)) {
      const terminal = await openChat([...SHORT, ...args], { env });
      await terminal.prompts(1);
      terminal.enter("/nothing");
      await terminal.shows("There is no command /nothing");
      assert.equal(terminal.raw.includes("\x1b[31merror:"), isColoured, JSON.stringify([args, env]));
      await leave(terminal);
    }
  });

  test("stays a good neighbour in a terminal that can do nothing", async () => {
    const terminal = await openChat(SHORT, { env: { TERM: "dumb" } });
    await terminal.prompts(1);
    terminal.enter("hello");
    await terminal.shows(": n-predict");
    await leave(terminal);
    assert.ok(!terminal.raw.includes("\x1b[?2004"), "no bracketed paste");
  });

  const signals = [
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const;
  for (const [name, code] of spread(signals, 1)) {
    test(`keeps the session when ${name} ends it in the middle of an answer`, async () => {
      const session = join(folder, `${name}.json`);
      const terminal = await openChat([...ENDLESS, "--session", session]);
      await terminal.prompts(1);
      terminal.enter("the question");
      await terminal.shows((shown) => shown.split("> the question\n")[1]?.includes("\n") === true);
      terminal.signal(name);
      assert.equal(await terminal.exit, code);
      const kept = JSON.parse(readFileSync(session, "utf8")) as { messages: { role: string; content: string }[] };
      assert.deepEqual(
        kept.messages.map(({ role }) => role),
        ["user", "assistant"],
      );
      assert.ok((kept.messages[1]?.content.length ?? 0) > 20);
      assert.ok(existsSync(`${session}.kv`));
      // The terminal is left as it was found.
      assert.ok(terminal.raw.lastIndexOf("\x1b[?2004l") > terminal.raw.lastIndexOf("\x1b[?2004h"));
    });
  }

  test("resumes a session with what was said last, and says once which model it is", async () => {
    const session = join(folder, "resumed.json");
    const messages = [
      { role: "user", content: "the first question" },
      { role: "assistant", content: "the first answer" },
      { role: "user", content: "the last \u001b[31mquestion" },
      { role: "assistant", content: "the last answer" },
    ];
    const kept = { format: "llama2 chat", version: 1, droppedExchanges: 0, messages };
    writeFileSync(session, JSON.stringify(kept));
    const terminal = await openChat(["-n", "4", "--session", session], { columns: 100 });
    await terminal.prompts(2);
    assert.match(
      terminal.text,
      /Resuming [^\n]*resumed\.json \(2 exchanges\)\.\n\n> the last \[31mquestion\nthe last answer\n/,
    );
    assert.ok(!terminal.text.includes("the first answer"));
    assert.equal(terminal.text.split("2 MB model in the package").length, 2);
    assert.ok(!terminal.text.includes("Using tiny-llama"));
    await leave(terminal);
  });

  test("has help that breaks no word at 20 columns", async () => {
    const terminal = await openChat(SHORT, { columns: 20, rows: 60 });
    await terminal.prompts(1);
    terminal.enter("/help");
    await terminal.shows(/file names\n\n> ?$/);
    assert.match(terminal.text, /\n {2}Ctrl-R\n {4}searches what\n {4}was typed\n/);
    await leave(terminal);
  });

  test("warns once where the history cannot be kept, and goes on", async () => {
    const home = join(folder, "a-file-for-a-home");
    writeFileSync(home, "");
    const terminal = await openChat(SHORT, { home, columns: 100 });
    await terminal.prompts(1);
    for (const count of [2, 3]) {
      terminal.enter(`message ${count}`);
      await terminal.shows((shown) => shown.split(": n-predict").length === count);
    }
    await leave(terminal);
    assert.equal(terminal.text.split("The history is not kept").length, 2, terminal.text);
  });

  test("keeps the session when the terminal is closed in the middle of an answer", async () => {
    const session = join(folder, "closed.json");
    const terminal = await openChat([...ENDLESS, "--session", session]);
    await terminal.prompts(1);
    terminal.enter("the question");
    await terminal.shows((shown) => shown.split("> the question\n")[1]?.includes("\n") === true);
    terminal.hangUp();
    // The cache is written last, and appears when it is whole.
    const deadline = Date.now() + 30_000;
    while (!existsSync(`${session}.kv`) && Date.now() < deadline) await setTimeout(20);
    const { stderr } = await llama2(["chat", ...ENDLESS, "--session", session], { input: "/tokens\n" });
    assert.match(
      stderr,
      /^Resuming [^\n]*closed\.json \(1 exchange\)[\s\S]*\n {2}user +\d+ {2}the question\n {2}assistant +\d+ {2}.{20}/,
    );
    assert.doesNotMatch(stderr, /re-reading/);
  });
});
