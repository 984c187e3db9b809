import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { folder, leave, messages, newHome, openChat, SHORT } from "../../../helpers/chat-terminal.js";
import { spread } from "../../../helpers/long.js";
import { KEYS, needsTerminal } from "../../../helpers/pseudo-terminal.js";

describe("typing in a terminal", needsTerminal, () => {
  test("takes several lines as one message: quoted, continued, or by Alt-Enter", async () => {
    const terminal = await openChat(SHORT);
    await terminal.prompts(1);
    terminal.type('"""one', KEYS.enter);
    await terminal.shows(/\n\. ?$/);
    terminal.enter("/bye");
    terminal.enter('two"""');
    await terminal.shows(": n-predict");
    terminal.enter("three\\");
    terminal.enter("four");
    await terminal.shows((shown) => shown.split(": n-predict").length === 3);
    terminal.type("five", KEYS.altEnter, "six", KEYS.enter);
    await terminal.shows((shown) => shown.split(": n-predict").length === 4);
    assert.deepEqual(await messages(terminal, "user"), ["one /bye two", "three four", "five six"]);
    await leave(terminal);
  });

  test("takes what is pasted as one message, which Enter sends and keys change before", async () => {
    const terminal = await openChat(SHORT);
    await terminal.prompts(1);
    terminal.paste("// line one\n\x1b[31mline two\nlast\n");
    await terminal.shows("\nlast");
    terminal.type(" word", KEYS.up, KEYS.up, "!", KEYS.enter);
    await terminal.shows(": n-predict");
    assert.deepEqual(await messages(terminal, "user"), ["// line o!ne [31mline two last word"]);
    // A single line is edited like any other.
    terminal.paste("short");
    terminal.type(KEYS.home, "very ", KEYS.enter);
    await terminal.shows((shown) => shown.split(": n-predict").length === 3);
    assert.equal((await messages(terminal, "user"))[1], "very short");
    await leave(terminal);
  });

  test("remembers what was typed from run to run, for its owner alone", async () => {
    const home = join(folder, "remembering");
    const first = await openChat(SHORT, { home });
    await first.prompts(1);
    first.enter("the first one");
    await first.shows(": n-predict");
    first.paste("two\nlines \\n");
    await first.shows("\nlines");
    first.type(KEYS.enter);
    await first.shows((shown) => shown.split(": n-predict").length === 3);
    first.enter("/set history off");
    await first.shows("history is off");
    first.enter("/tokens");
    await first.shows(/KV\s+cache/);
    first.enter("a secret");
    await first.shows((shown) => shown.split(": n-predict").length === 4);
    await leave(first);
    const file = join(home, "llama2", "history");
    assert.equal(readFileSync(file, "utf8"), "the first one\ntwo\\nlines \\\\n\n/set history off\n");
    assert.equal(statSync(file).mode & 0o777, 0o600);

    const second = await openChat(SHORT, { home });
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
    await second.shows(": n-predict");
    assert.deepEqual(await messages(second, "user"), ["two lines \\\\n"]);
    await leave(second);
  });

  test("searches by Ctrl-R in what was typed before, and sends or edits what was found", async () => {
    const home = join(folder, "searching");
    mkdirSync(join(home, "llama2"), { recursive: true });
    writeFileSync(join(home, "llama2", "history"), "/set temp 0.5\n/set top-k 3\n/help set\n");
    const terminal = await openChat(SHORT, { home });
    await terminal.prompts(1);
    terminal.type("draft", KEYS.ctrlR, "set");
    await terminal.shows(/\(search: set\) \/help set$/);
    terminal.type(KEYS.ctrlR);
    await terminal.shows(/\(search: set\) \/set top-k 3$/);
    terminal.type("x");
    await terminal.shows(/\(not found: setx\) \/set top-k 3$/);
    terminal.type(KEYS.ctrlG);
    await terminal.shows(/\n> draft$/);
    terminal.type(KEYS.ctrlU, KEYS.ctrlR, "temp");
    await terminal.shows(/\(search: temp\) \/set temp 0\.5$/);
    terminal.type(KEYS.enter);
    await terminal.shows("temp is 0.5");
    // Any other key goes on with what was found.
    await terminal.prompts(2);
    terminal.type(KEYS.ctrlR, "top", KEYS.end, "5", KEYS.enter);
    await terminal.shows("top-k is 35");
    await leave(terminal);
  });

  test("keeps no history where it is switched off", async () => {
    const runs: [args: string[], env: Record<string, string>][] = [
      [["--no-history"], {}],
      [[], { LLAMA2_HISTORY: "0" }],
    ];
    for (const [args, env] of spread(runs, 1)) {
      const home = newHome();
      const terminal = await openChat([...SHORT, ...args], { home, env });
      await terminal.prompts(1);
      terminal.enter("hello");
      await terminal.shows(": n-predict");
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
    const terminal = await openChat(SHORT);
    await terminal.prompts(1);
    terminal.type("/sy", KEYS.tab);
    await terminal.shows(/> \/system $/);
    terminal.type("be kind", KEYS.enter);
    await terminal.shows("System prompt changed");
    terminal.type("/s", KEYS.tab, KEYS.tab);
    await terminal.shows(/\/system +\/set +\/show +\/save/);
    terminal.type("et repeat-p", KEYS.tab, "1.5", KEYS.enter);
    await terminal.shows("repeat-penalty is 1.5");
    terminal.type(`/read ${place}/so`, KEYS.tab);
    await terminal.shows((shown) => shown.replaceAll("\n", "").endsWith("/some\\ folder/"));
    terminal.type("n", KEYS.tab, " read this", KEYS.enter);
    await terminal.shows(": n-predict");
    assert.deepEqual(await messages(terminal, "user"), ["read this nothing much"]);
    await leave(terminal);
  });

  test("edits over wide characters, and sends them whole", async () => {
    const session = join(folder, "wide.json");
    const terminal = await openChat([...SHORT, "--session", session], { columns: 24 });
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
    await terminal.shows("(stopped after");
    await terminal.prompts(2);
    await leave(terminal);
    const { messages: kept } = JSON.parse(readFileSync(session, "utf8")) as { messages: { content: string }[] };
    assert.equal(kept[0]?.content, "日本語日本語日本語日本語x");
  });

  test("brings the last message back for a change, and answers it anew", async () => {
    const terminal = await openChat(SHORT);
    await terminal.prompts(1);
    terminal.enter("//usr is a foldr");
    await terminal.shows(": n-predict");
    terminal.enter("/edit");
    await terminal.shows(/\n> \/\/usr is a foldr$/);
    terminal.type(KEYS.backspace, "er", KEYS.enter);
    await terminal.shows((shown) => shown.split(": n-predict").length === 3);
    assert.deepEqual(await messages(terminal, "user"), ["/usr is a folder"]);
    // Whoever thinks better of it says something new.
    terminal.enter("/edit");
    await terminal.shows(/\n> \/\/usr is a folder$/);
    terminal.type(KEYS.ctrlC);
    terminal.enter("more");
    await terminal.shows((shown) => shown.split(": n-predict").length === 4);
    assert.deepEqual(await messages(terminal, "user"), ["/usr is a folder", "more"]);
    await leave(terminal);
  });
});
