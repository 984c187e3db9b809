import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { llama2 } from "../helpers/command.js";
import { fixtureModel, text, writeFixture } from "../helpers/model-fixture.js";
import { KEYS, needsTerminal, PseudoTerminal, type TerminalOptions } from "../helpers/pseudo-terminal.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const model = join(folder, "model.gguf");
writeFixture(model, fixtureModel({ contextLength: 16_384, metadata: { "general.name": text("llama-2-chat") } }));

/** Answers that never end by themselves, for what happens while one is written. */
const ENDLESS = ["-m", model, "-c", "0", "--ignore-eos", "-t", "1", "-s", "1"];
/** Answers of a few letters. */
const SHORT = [...ENDLESS, "-n", "8"];

let count = 0;

/** A chat with a history of its own, unless `home` gives it one. */
function open(args: readonly string[], options: TerminalOptions & { home?: string } = {}): Promise<PseudoTerminal> {
  const { home = join(folder, `home-${count++}`), env, ...others } = options;
  return PseudoTerminal.open(["chat", ...args], { ...others, env: { XDG_STATE_HOME: home, HOME: home, ...env } });
}

async function leave(terminal: PseudoTerminal): Promise<void> {
  terminal.type(KEYS.ctrlD);
  assert.equal(await terminal.exit, 0);
}

/** The messages that `/tokens` lists. */
async function messages(terminal: PseudoTerminal, role: "user" | "assistant"): Promise<string[]> {
  const before = terminal.lines.length;
  terminal.enter("/tokens");
  await terminal.shows((shown) =>
    /in the KV cache[\s\S]*\n> ?$/.test(
      shown
        .split("\n")
        .slice(before - 1)
        .join("\n"),
    ),
  );
  const rows = terminal.lines.slice(before).filter((line) => line.startsWith(`  ${role} `));
  return rows.map((line) => line.replace(/^ +\w+ +(\d+|left out) +/, ""));
}

describe("a chat in a terminal", needsTerminal, () => {
  test("streams an answer; Ctrl-C stops it and keeps what came; the chat goes on", async () => {
    const terminal = await open(ENDLESS);
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
    await terminal.shows("(ended after 4 tokens, by n-predict)");
    assert.deepEqual(await messages(terminal, "user"), ["hello", "and then"]);
    await leave(terminal);
  });

  test("Ctrl-C at an empty prompt says how to leave, and leaves when pressed again", async () => {
    const terminal = await open(SHORT);
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
    const terminal = await open(ENDLESS);
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
    assert.match(terminal.text, /ended after 500 tokens[\s\S]*> \/bye/);
  });

  test("wraps between words at the terminal's width, and shows every word", async () => {
    const said = "tell me a story about a cat";
    const { stdout } = await llama2(["chat", "-s", "3", "-p", said]);
    for (const columns of [60, 20]) {
      const terminal = await open(["-s", "3"], { columns, rows: 50 });
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
    const terminal = await open(ENDLESS, { columns: 60, rows: 20 });
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
    const widths = all.slice(before + 10, stopped).map((line) => [...line].length);
    assert.ok(Math.max(...widths) <= 32, `${widths}`);
    assert.ok(Math.max(...widths) > 20, `${widths}`);
    await leave(terminal);
  });

  test("takes several lines as one message: quoted, continued, or by Alt-Enter", async () => {
    const terminal = await open(SHORT);
    await terminal.prompts(1);
    terminal.type('"""one', KEYS.enter);
    await terminal.shows(/\n\. ?$/);
    terminal.enter("/bye");
    terminal.enter('two"""');
    await terminal.shows("by n-predict");
    terminal.enter("three\\");
    terminal.enter("four");
    await terminal.shows((shown) => shown.split("by n-predict").length === 3);
    terminal.type("five", KEYS.altEnter, "six", KEYS.enter);
    await terminal.shows((shown) => shown.split("by n-predict").length === 4);
    assert.deepEqual(await messages(terminal, "user"), ["one /bye two", "three four", "five six"]);
    await leave(terminal);
  });

  test("takes what is pasted as one message, which Enter sends and keys change before", async () => {
    const terminal = await open(SHORT);
    await terminal.prompts(1);
    terminal.paste("// line one\n\x1b[31mline two\nlast\n");
    await terminal.shows("\nlast");
    terminal.type(" word", KEYS.up, KEYS.up, "!", KEYS.enter);
    await terminal.shows("by n-predict");
    assert.deepEqual(await messages(terminal, "user"), ["// line o!ne [31mline two last word"]);
    // A single line is edited like any other.
    terminal.paste("short");
    terminal.type(KEYS.home, "very ", KEYS.enter);
    await terminal.shows((shown) => shown.split("by n-predict").length === 3);
    assert.equal((await messages(terminal, "user"))[1], "very short");
    await leave(terminal);
  });

  test("remembers what was typed from run to run, for its owner alone", async () => {
    const home = join(folder, "remembering");
    const first = await open(SHORT, { home });
    await first.prompts(1);
    first.enter("the first one");
    await first.shows("by n-predict");
    first.paste("two\nlines \\n");
    await first.shows("\nlines");
    first.type(KEYS.enter);
    await first.shows((shown) => shown.split("by n-predict").length === 3);
    first.enter("/set history off");
    await first.shows("history is off");
    first.enter("/tokens");
    await first.shows("in the KV cache");
    first.enter("a secret");
    await first.shows((shown) => shown.split("by n-predict").length === 4);
    await leave(first);
    const file = join(home, "llama2", "history");
    assert.equal(readFileSync(file, "utf8"), "the first one\ntwo\\nlines \\\\n\n/set history off\n");
    assert.equal(statSync(file).mode & 0o777, 0o600);

    const second = await open(SHORT, { home });
    await second.prompts(1);
    second.type("draft", KEYS.up);
    await second.shows(/> \/set history off$/);
    second.type(KEYS.up);
    await second.shows(/> two\nlines \\n$/);
    second.type(KEYS.home, KEYS.up, KEYS.up);
    await second.shows(/> the first one$/);
    second.type(KEYS.down, KEYS.down, KEYS.down, KEYS.down);
    await second.shows(/> draft$/);
    second.type(KEYS.ctrlU, KEYS.up, KEYS.up, KEYS.enter);
    await second.shows("by n-predict");
    assert.deepEqual(await messages(second, "user"), ["two lines \\\\n"]);
    await leave(second);
  });

  test("keeps no history where it is switched off", async () => {
    const runs: [args: string[], env: Record<string, string>][] = [
      [["--no-history"], {}],
      [[], { LLAMA2_HISTORY: "0" }],
    ];
    for (const [args, env] of runs) {
      const home = join(folder, `off-${count++}`);
      const terminal = await open([...SHORT, ...args], { home, env });
      await terminal.prompts(1);
      terminal.enter("hello");
      await terminal.shows("by n-predict");
      await terminal.prompts(2);
      // Within the run it is there all the same.
      terminal.type(KEYS.up);
      await terminal.shows(/> hello$/);
      terminal.type(KEYS.ctrlC);
      await leave(terminal);
      assert.ok(!existsSync(home));
    }
  });

  test("completes commands, settings and file names by Tab", async () => {
    const place = join(folder, "completing");
    mkdirSync(join(place, "some folder"), { recursive: true });
    writeFileSync(join(place, "some folder", "notes.txt"), "nothing much");
    const terminal = await open(SHORT);
    await terminal.prompts(1);
    terminal.type("/sy", KEYS.tab);
    await terminal.shows(/> \/system $/);
    terminal.type("be kind", KEYS.enter);
    await terminal.shows("system prompt is another");
    terminal.type("/s", KEYS.tab, KEYS.tab);
    await terminal.shows(/\/system +\/set +\/show +\/save/);
    terminal.type("et repeat-p", KEYS.tab, "1.5", KEYS.enter);
    await terminal.shows("repeat-penalty is 1.5");
    terminal.type(`/read ${place}/so`, KEYS.tab);
    await terminal.shows((shown) => shown.replaceAll("\n", "").endsWith("/some\\ folder/"));
    terminal.type("n", KEYS.tab, " read this", KEYS.enter);
    await terminal.shows("by n-predict");
    assert.deepEqual(await messages(terminal, "user"), ["read this nothing much"]);
    await leave(terminal);
  });

  test("edits over wide characters, and sends them whole", async () => {
    const session = join(folder, "wide.json");
    const terminal = await open([...SHORT, "--session", session], { columns: 24 });
    await terminal.prompts(1);
    terminal.type("日本語😀x");
    await terminal.shows("> 日本語😀x");
    await terminal.cursorIn(2 + 3 * 2 + 2 + 1);
    terminal.type(KEYS.left, KEYS.backspace);
    await terminal.shows("> 日本語x");
    await terminal.cursorIn(2 + 3 * 2);
    // The line wraps where a wide character no longer fits.
    terminal.type("日本語日本語日本語");
    await terminal.shows((shown) => shown.replaceAll("\n", "").endsWith("> 日本語日本語日本語日本語x"));
    terminal.type(KEYS.enter);
    await terminal.shows("(ended");
    await terminal.prompts(2);
    await leave(terminal);
    const { messages: kept } = JSON.parse(readFileSync(session, "utf8")) as { messages: { content: string }[] };
    assert.equal(kept[0]?.content, "日本語日本語日本語日本語x");
  });

  test("brings the last message back for a change, and answers it anew", async () => {
    const terminal = await open(SHORT);
    await terminal.prompts(1);
    terminal.enter("//usr is a foldr");
    await terminal.shows("by n-predict");
    terminal.enter("/edit");
    await terminal.shows(/\n> \/\/usr is a foldr$/);
    terminal.type(KEYS.backspace, "er", KEYS.enter);
    await terminal.shows((shown) => shown.split("by n-predict").length === 3);
    assert.deepEqual(await messages(terminal, "user"), ["/usr is a folder"]);
    // Whoever thinks better of it says something new.
    terminal.enter("/edit");
    await terminal.shows(/\n> \/\/usr is a folder$/);
    terminal.type(KEYS.ctrlC);
    terminal.enter("more");
    await terminal.shows((shown) => shown.split("by n-predict").length === 4);
    assert.deepEqual(await messages(terminal, "user"), ["/usr is a folder", "more"]);
    await leave(terminal);
  });

  test("shows a spinner while a long prompt is read, and Ctrl-C ends that too", async () => {
    const file = join(folder, "long.txt");
    writeFileSync(file, "word ".repeat(3000));
    const terminal = await open(ENDLESS, { columns: 100 });
    await terminal.prompts(1);
    terminal.enter(`/read ${file}`);
    await terminal.shows(/Reading the prompt \d+ %/);
    terminal.type(KEYS.ctrlC);
    await terminal.shows("(stopped before the answer began)");
    await terminal.shows((shown) => !shown.includes("Reading the prompt"));
    await leave(terminal);
  });

  test("shows no spinner for what was refused or is soon over", async () => {
    const terminal = await open([...ENDLESS, "-n", "3000"]);
    await terminal.prompts(1);
    terminal.enter("/regen");
    await terminal.shows("There is no message to answer yet");
    terminal.enter("hello");
    await terminal.shows("(ended after 3000 tokens, by n-predict)");
    await leave(terminal);
    assert.ok(!terminal.raw.includes("Reading the prompt"));
  });

  test("lets nothing that a model writes speak to the terminal", async () => {
    // Token 30 is the byte 0x1b, which would begin an escape code; 126 is a "{", which keeps it company.
    const terminal = await open([...ENDLESS, "-n", "50", "-l", "30+60", "-l", "126+60"]);
    await terminal.prompts(1);
    const before = terminal.raw.length;
    terminal.enter("hi");
    await terminal.shows(/\{{5}[\s\S]*by n-predict/);
    const [, answer = ""] = /hi\r+\n([\s\S]*)\r\n[^\n]*by n-predict/.exec(terminal.raw.slice(before)) ?? [];
    assert.match(answer, /^\{+$/);
    assert.ok(answer.length < 45, "some of the 50 tokens were escape characters");
    await leave(terminal);
  });

  test("uses colours, and none where they are not wanted", async () => {
    const runs: [args: string[], env: Record<string, string>, isColoured: boolean][] = [
      [[], {}, true],
      [["--no-color"], {}, false],
      [[], { NO_COLOR: "1" }, false],
      [["--color"], { NO_COLOR: "1" }, true],
    ];
    for (const [args, env, isColoured] of runs) {
      const terminal = await open([...SHORT, ...args], { env });
      await terminal.prompts(1);
      terminal.enter("/nothing");
      await terminal.shows("There is no command /nothing");
      assert.equal(terminal.raw.includes("\x1b[31mError:"), isColoured, JSON.stringify([args, env]));
      await leave(terminal);
    }
  });

  test("stays a good neighbour in a terminal that can do nothing", async () => {
    const terminal = await open(SHORT, { env: { TERM: "dumb" } });
    await terminal.prompts(1);
    terminal.enter("hello");
    await terminal.shows("by n-predict");
    await leave(terminal);
    assert.ok(!terminal.raw.includes("\x1b[?2004"), "no bracketed paste");
  });

  for (const [name, code] of [
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    test(`keeps the session when ${name} ends it in the middle of an answer`, async () => {
      const session = join(folder, `${name}.json`);
      const terminal = await open([...ENDLESS, "--session", session]);
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
});
