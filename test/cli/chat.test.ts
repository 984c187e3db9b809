import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { llama2 } from "../helpers/command.js";
import { fixtureModel, text, writeFixture } from "../helpers/model-fixture.js";
import { root } from "../helpers/paths.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();

function fixture(name: string, metadata: Parameters<typeof fixtureModel>[0] = {}): string {
  const path = join(folder, name);
  writeFixture(path, fixtureModel({ contextLength: 1024, ...metadata }));
  return path;
}

const named = { metadata: { "general.name": text("llama-2-chat") } };
const model = fixture("model.gguf", named);
const plain = fixture("plain.gguf");
const other = fixture("other.gguf", { ...named, seed: 2 });

/** Eight tokens an answer, the same ones always. */
const FLAGS = ["--temp", "0", "-n", "8", "--ignore-eos", "-t", "1"];

async function chat(args: readonly string[], input = ""): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await llama2(["chat", ...args], { input });
  assert.equal(code, 0, stderr);
  return { stdout, stderr };
}

/** What a session file holds. */
function transcript(path: string): { system?: string; messages: { role: string; content: string }[] } {
  return JSON.parse(readFileSync(path, "utf8"));
}

test("every line of a pipe is a turn, and every answer ends with one line break", async () => {
  const { stdout, stderr } = await chat(["--temp", "0"], "What is 3 + 4?\n\n  \nWhat is 2 + 2?\r\nWhat is 5 + 4?");
  assert.match(stdout, /^[^\n]*7[^\n]*\n[^\n]*4[^\n]*\n[^\n]*9[^\n]*\n$/);
  // Nothing but the answers, and nothing that only a terminal understands.
  assert.doesNotMatch(stdout, /[^\P{Cc}\n]|> /u);
  assert.match(stderr, /^Using tiny-llama, [^\n]*\n$/);
});

test("the model answers with what was said before in mind", async () => {
  const said = ["-m", model, ...FLAGS];
  const both = await chat(said, "the rain\nthe sun\n");
  const alone = await chat(said, "the sun\n");
  assert.equal(both.stdout.split("\n").length, 3);
  assert.notEqual(both.stdout.split("\n")[1], alone.stdout.split("\n")[0]);
});

test("-p, words and -f are one message; text on stdin stands before it", async () => {
  const file = join(folder, "message.txt");
  writeFileSync(file, "the rain");
  const ways: [args: string[], input?: string][] = [
    [["-m", model, "-p", "the rain"]],
    [[model, "the", "rain"]],
    [["-m", model, "-f", file]],
    [[model, "-p", "rain"], "the "],
  ];
  const results = await Promise.all(ways.map(([args, input]) => chat([...args, ...FLAGS], input)));
  for (const { stdout } of results) assert.equal(stdout, results[0]?.stdout);
  assert.match(results[0]?.stdout ?? "", /^[^\n]+\n$/);
  // A message is no command.
  await chat(["-m", model, "-p", "/bye", ...FLAGS]);
});

test("--json prints one object with the answer and how it came about", async () => {
  const { stdout, stderr } = await chat(["-m", model, "-p", "the rain", ...FLAGS, "-s", "5", "--json"]);
  assert.equal(stderr, "");
  const report = JSON.parse(stdout) as Record<string, unknown> & { stats: Record<string, number> };
  assert.deepEqual(Object.keys(report), ["text", "tokens", "promptTokens", "finishReason", "seed", "stats"]);
  assert.equal((report["tokens"] as number[]).length, 8);
  // BOS, and one control token alone: the prompt is in Llama 2's format.
  assert.deepEqual(
    (report["promptTokens"] as number[]).filter((id) => id < 3),
    [1],
  );
  assert.equal(report["finishReason"], "length");
  assert.equal(report["seed"], 5);
  for (const key of ["loadMs", "promptMs", "generateMs", "peakRssBytes"]) assert.ok((report.stats[key] ?? 0) > 0, key);
  const { code, stderr: refused } = await llama2(["chat", "-m", model, "--json"], { input: "the rain" });
  assert.equal(code, 1);
  assert.match(refused, /--json is for one answer; give the message with -p\./);
});

test("commands work from a pipe, and say what they do on stderr", async () => {
  const input = [
    "/set temp 0",
    "/system be kind",
    "the rain",
    "/regen",
    "/edit the sun",
    "/undo",
    '"""the snow',
    '/bye"""',
    "//slash",
    "/tokens",
    "/clear",
    "/show context",
    "/show",
    "/help",
    "/bye",
    "never said",
  ].join("\n");
  const { stdout, stderr } = await chat(["-m", model, "-n", "8", "--ignore-eos", "-s", "1"], input);
  assert.equal(stdout.trimEnd().split("\n").length, 5, stdout);
  assert.match(stderr, /temp is 0\n/);
  assert.match(stderr, /Forgotten: "the sun" and the answer to it\.\n/);
  const [, listed = ""] = /in the KV cache\.\n((?: {2}.*\n)+)/.exec(stderr) ?? [];
  const rows = listed
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  assert.deepEqual(
    rows.map(([role]) => role),
    ["system", "user", "assistant", "user", "assistant"],
  );
  assert.deepEqual(rows[1]?.slice(2), ["the", "snow", "/bye"]);
  assert.deepEqual(rows[3]?.slice(2), ["/slash"]);
  assert.match(stderr, /A new conversation, with the same system prompt\.\n/);
  assert.match(stderr, /\n {2}temp +\*0 /);
  assert.match(stderr, /\/read FILE \[TEXT\]/);
});

test("/regen answers anew: with the next seed where there is one, so that the run can be repeated", async () => {
  const flags = ["-m", model, "-n", "12", "--ignore-eos", "--temp", "2", "-s", "7"];
  const input = "the rain\n/regen\n/regen\n";
  const { stdout } = await chat(flags, input);
  const answers = stdout.trimEnd().split("\n");
  assert.equal(new Set(answers).size, answers.length, stdout);
  assert.equal((await chat(flags, input)).stdout, stdout);
});

const long = join(folder, "long.txt");
writeFileSync(long, "x".repeat((1 << 20) + 1));

const WRONG: readonly (readonly [input: string, says: RegExp])[] = [
  ["/hlep", /There is no command \/hlep; did you mean \/help\?/],
  ["/xyzzy\u001b[31m", /There is no command \/xyzzy\\u001b\[31m; \/help lists them\./],
  ["/set tmp 1", /There is no setting "tmp"; did you mean temp\?/],
  ["/set temp warm", /The setting temp was not changed: a number was wanted\./],
  ["/set top-p 2", /topP is 2; wanted is a finite number from 0 to 1|topP is 2/],
  ["/set stats maybe", /stats is "maybe", and on or off was wanted/],
  ["/set n -5", /n-predict is -5/],
  ["/show modl", /nothing called "modl" to show; did you mean model\?/],
  ["/read", /No file was named/],
  [`/read ${join(folder, "none.txt")}`, /There is no file/],
  [`/read ${model}`, /no text|no UTF-8 text|is no text/],
  [`/read ${folder}`, /a directory/],
  [`/read ${long}`, /has 1048577 bytes, and 1048576 are the limit; a text file was wanted/],
  [`/save ${join(folder, "empty.json")}`, /nothing to save/],
  ["/save", /No file was named; write \/save FILE/],
  [`/load ${join(folder, "none.json")}`, /There is no file/],
  [`/load ${model}`, /UTF-8|JSON/],
  ["/regen", /no message to answer/],
  ["/edit", /no message to edit/],
  ["/undo", /nothing to undo/],
  ["x".repeat(3000), /and the context holds 1024/],
];

for (const [input, says] of WRONG) {
  test(`one sentence and exit 1 for ${input.slice(0, 30).replace(folder, "")}`, async () => {
    const { code, stdout, stderr } = await llama2(["chat", "-m", model, ...FLAGS], { input: `${input}\nthe rain\n` });
    assert.equal(code, 1);
    assert.equal(stdout, "", "what follows a failure is not said");
    assert.match(stderr, says);
    assert.match(stderr, /^Error: [^\n]+[.?]\n$/);
  });
}

test("a model without a template is said to have none, and answers as a text goes on", async () => {
  const { stdout, stderr } = await chat(["-m", plain, ...FLAGS], "the rain\n/show template\n");
  assert.match(stdout, /^[^\n]+\n$/);
  assert.match(stderr, /^Warning: The model's file has no chat template, so [^\n]+\.\n/);
  assert.match(stderr, /template completion, a built-in one/);
});

test("the template is the one that is asked for: by name, from a file, or without Jinja", async () => {
  const source = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>";
  const own = fixture("own.gguf", { metadata: { "tokenizer.chat_template": text(`${source}{# [INST] <<SYS>> #}`) } });
  const file = join(folder, "template.jinja");
  writeFileSync(file, source);
  const shown = async (...args: string[]) => {
    const { stdout } = await chat(["-p", "hi", "-sys", "be kind", ...FLAGS, "--json", ...args]);
    const { promptTokens } = JSON.parse(stdout) as { promptTokens: number[] };
    // Bytes are tokens from 3 on, letters from 260 on, merges behind them.
    return promptTokens.length;
  };
  const ours = await shown("-m", own);
  assert.equal(await shown("-m", plain, "--chat-template", file), ours);
  assert.equal(await shown("-m", plain, "--chat-template-file", file), ours);
  const llama = await shown("-m", model);
  assert.notEqual(llama, ours);
  assert.equal(await shown("-m", own, "--no-jinja"), llama);
  assert.equal(await shown("-m", own, "--chat-template", "llama2"), llama);
  const { code, stderr } = await llama2(["chat", "-m", plain, "-p", "hi", "--chat-template", "lama2"]);
  assert.equal(code, 1);
  assert.match(stderr, /There is no chat template "lama2"; wanted is one of llama2, /);
});

test("--session goes on where the last run ended, and evaluates only what is new", async () => {
  const session = join(folder, "session.json");
  const flags = ["-m", model, ...FLAGS, "--session", session];
  await chat([...flags, "--system", "be kind and say little"], "the rain\n");
  const { stderr } = await chat(flags, "the sun\n/tokens\n");
  assert.match(stderr, /^Going on with 1 exchange of /);
  const kept = transcript(session);
  assert.equal(kept.system, "be kind and say little");
  assert.deepEqual(
    kept.messages.map(({ role }) => role),
    ["user", "assistant", "user", "assistant"],
  );
  const copy = join(folder, "session-without-cache.json");
  copyFileSync(session, copy);
  const [cached = 0, anew = 0] = await Promise.all(
    [session, copy].map(async (path) => {
      const { stdout } = await chat(["-m", model, ...FLAGS, "--session", path, "-p", "a", "--json"]);
      return (JSON.parse(stdout) as { promptTokens: number[] }).promptTokens.length;
    }),
  );
  assert.ok(cached < anew / 3, `${cached} tokens with the cache, ${anew} without`);
  assert.equal(transcript(session).messages.length, 6);
});

test("a session of another model, or with a damaged cache, goes on by its words and says why", async () => {
  const session = join(folder, "foreign.json");
  await chat(["-m", model, ...FLAGS, "--session", session], "the rain\n");
  const foreign = await chat(["-m", other, ...FLAGS, "--session", session], "the sun\n");
  assert.match(foreign.stderr, /its KV cache belongs to another model, so the conversation will be evaluated anew/);
  const bytes = readFileSync(`${session}.kv`);
  writeFileSync(`${session}.kv`, bytes.subarray(0, bytes.length - 7));
  const damaged = await chat(["-m", other, ...FLAGS, "--session", session], "the snow\n");
  assert.match(damaged.stderr, /its KV cache is damaged, so/);
  assert.equal(transcript(session).messages.length, 6);
});

test("a file that holds no session is refused, and left alone", async () => {
  const session = join(folder, "diary.json");
  writeFileSync(session, '{"dear": "diary"}');
  const { code, stdout, stderr } = await llama2(["chat", "-m", model, ...FLAGS, "--session", session], {
    input: "the rain\n",
  });
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /^Error: [^\n]* is no conversation of this program; [^\n]*\.\n$/);
  assert.equal(readFileSync(session, "utf8"), '{"dear": "diary"}');
});

test("/save and /load, and paths as people write them", async () => {
  const path = join(folder, "with a space.json");
  const { stderr } = await chat(
    ["-m", model, ...FLAGS],
    `the rain\n/save "${path}"\n/clear\nthe sun\n/load ${path}\n/tokens\n`,
  );
  assert.match(stderr, /Saved 1 exchange to [^\n]*with a space\.json\.\n/);
  assert.match(stderr, /Loaded 1 exchange from /);
  assert.match(stderr, / user +\d+ {2}the rain\n/);
  assert.doesNotMatch(stderr, / user +\d+ {2}the sun\n/);
});

test("/save and --session write nowhere that they should not", async () => {
  const diary = join(folder, "dear-diary.txt");
  writeFileSync(diary, "dear diary");
  const saving = await llama2(["chat", "-m", model, ...FLAGS], { input: `the rain\n/save ${diary}\n` });
  assert.equal(saving.code, 1);
  assert.match(saving.stderr, /dear-diary\.txt is there already, and is no conversation; name another file\.\n$/);
  assert.equal(readFileSync(diary, "utf8"), "dear diary");
  const nowhere = join(folder, "no folder", "session.json");
  const keeping = await llama2(["chat", "-m", model, ...FLAGS, "--session", nowhere], { input: "the rain\n" });
  assert.equal(keeping.code, 1);
  assert.equal(keeping.stdout, "");
  assert.match(keeping.stderr, /^Error: There is no folder [^\n]*no folder to keep the session in; [^\n]*\.\n$/);
});

test("a full context is said once, and the system prompt stays", async () => {
  const lines = Array.from({ length: 40 }, (_, turn) => `question number ${turn} of many`).join("\n");
  const { stdout, stderr } = await chat(
    ["-m", model, ...FLAGS, "-c", "256", "--system", "be kind"],
    `${lines}\n/tokens\n`,
  );
  assert.equal(stdout.trimEnd().split("\n").length, 40);
  assert.equal(stderr.split("the context is full").length, 2);
  assert.match(stderr, /\n {2}system +\d+ {2}be kind\n {2}user +left out {2}question number 0 /);
});

test("--stats tells how fast each answer was, on stderr", async () => {
  const { stdout, stderr } = await chat(["-m", model, ...FLAGS, "--stats"], "the rain\n/set stats off\nthe sun\n");
  assert.equal(stdout.split("\n").length, 3);
  const told = stderr.match(
    /prompt \d+ tokens, [\d.]+ tok\/s · answer 8 tokens, [\d.]+ tok\/s · context \d+ of 1024 tokens, \d+ %\n/g,
  );
  assert.equal(told?.length, 1, stderr);
});

test("control characters of a model reach no pipe either", async () => {
  // Token 30 is the byte 0x1b.
  const { stdout } = await chat(["-m", model, "-n", "30", "--ignore-eos", "-l", "30+60", "-l", "126+60", "-p", "hi"]);
  assert.match(stdout, /^\{+\n$/);
});

test("a reader that has enough ends the chat quietly", { skip: process.platform === "win32" }, async () => {
  const bin = join(root, "bin", "llama2.js");
  const lines = "the rain\\n".repeat(50);
  const command = `printf '${lines}' | "${process.execPath}" "${bin}" chat -m "${model}" -n 200 --ignore-eos | head -n 1`;
  const shell = spawn("bash", ["-c", `${command}; exit "\${PIPESTATUS[1]}"`]);
  let stderr = "";
  shell.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  shell.stdout.resume();
  assert.equal(await new Promise((resolve) => shell.on("close", resolve)), 0, stderr);
  assert.doesNotMatch(stderr, /EPIPE|Error/);
});

test("an output that takes no more is an error in words", { skip: process.platform !== "linux" }, async () => {
  const bin = join(root, "bin", "llama2.js");
  for (const command of ["chat", "generate"]) {
    const shell = spawn("bash", [
      "-c",
      `"${process.execPath}" "${bin}" ${command} "${model}" -p hi -n 8 --ignore-eos > /dev/full`,
    ]);
    let stderr = "";
    shell.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    shell.stdin.end();
    assert.equal(await new Promise((resolve) => shell.on("close", resolve)), 1, stderr);
    assert.match(stderr, /Error: The output cannot be written: ENOSPC[^\n]*; free some space, or write elsewhere\.\n$/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }
});

test("a signal in the middle of an answer keeps what came", { skip: process.platform === "win32" }, async () => {
  const session = join(folder, "stopped.json");
  let isKilled = false;
  const { code, stdout } = await llama2(["chat", "-m", model, "-p", "hi", "--ignore-eos", "--session", session], {
    onStdout: (_, kill) => {
      // A second one would end the process at once.
      if (!isKilled) kill("SIGINT");
      isKilled = true;
    },
  });
  // As of any program in a script; at a terminal Ctrl-C ends the answer alone.
  assert.equal(code, 130);
  assert.ok(stdout.length > 1);
  assert.ok((transcript(session).messages[1]?.content.length ?? 0) > 0);
});

test("the help lists the flags in groups", async () => {
  const { stdout } = await chat(["--help"]);
  const groups = stdout.split("\n").filter((line) => /^[A-Z]\w+:$/.test(line));
  assert.deepEqual(groups.slice(1, 7), [
    "Model:",
    "Conversation:",
    "Terminal:",
    "Sampling:",
    "Repetition:",
    "Mirostat:",
  ]);
});
