import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { chat, FLAGS, fixture, folder, model, plain, runChat } from "../../helpers/chat-command.js";
import { text } from "../../helpers/model-fixture.js";

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
  const { code, stderr: refused } = await runChat(["-m", model, "--json"], "the rain");
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
  assert.match(stderr, /Removed "the sun" and its answer\.\n/);
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
  assert.match(stderr, /New conversation, same system prompt\.\n/);
  assert.match(stderr, /\n {2}\* temp +0 {2,}/);
  assert.match(stderr, /\n\* changed; \/set NAME default resets it\n/);
  assert.match(stderr, /\/read FILE \[TEXT\]/);
});

test("-q leaves out what the chat remarks, and nothing that was asked for or went wrong", async () => {
  const input = ["/set temp 0", "/system be kind", "the rain", "/clear", "/set temp", "/system", "/set tmp", "/bye"];
  const { code, stdout, stderr } = await runChat(["-q", "-m", model, ...FLAGS], input.join("\n"));
  assert.equal(code, 1, "a pipe's chat with a wrong line ends so");
  assert.equal(stdout.trimEnd().split("\n").length, 1, stdout);
  const [temp, system, wrong, ...more] = stderr.trimEnd().split("\n");
  assert.match(temp ?? "", /^temp is 0 \(.+\)$/);
  assert.equal(system, "system prompt: be kind");
  assert.match(wrong ?? "", /^error: There is no setting "tmp"; did you mean temp\?$/);
  assert.deepEqual(more, []);
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
  ["/xyzzy\u001b[31m", /There is no command \/xyzzy\\u001b\[31m; \/help lists them\. To send a message that starts/],
  ["/set tmp 1", /There is no setting "tmp"; did you mean temp\?/],
  ["/set temp warm", /temp must be a number \(got "warm"\)\./],
  ["/set --temp -1", /temp must be 0 or more \(got -1\)\./],
  ["/set top-p 2", /top-p must be between 0 and 1 \(got 2\)\./],
  ["/set stats maybe", /stats must be on or off \(got "maybe"\)\./],
  ["/set ignore-eos 1", /ignore-eos must be on or off \(got 1\)\./],
  ["/set n -5", /n must be [^\n]*\(got -5\)\./],
  ['/set stop ""', /stop must be a text, or a text in quotes such as [^ ]+ \(got /],
  ["/show modl", /Cannot show "modl"; did you mean model\?/],
  ["/show everything", /Cannot show "everything"; choose from model, template, system, settings, context\./],
  ["/read", /No file given; use \/read FILE/],
  [`/read ${join(folder, "none.txt")}`, /There is no file/],
  [`/read ${model}`, /is a GGUF file; expected a text file/],
  [`/read ${folder}`, /a directory/],
  [`/read ${long}`, /is 1048577 bytes; the limit is 1048576 bytes/],
  [`/save ${join(folder, "empty.json")}`, /nothing to save/],
  ["/save", /No file given; use \/save FILE/],
  [`/load ${join(folder, "none.json")}`, /There is no file/],
  [`/load ${model}`, /is a GGUF file; expected a saved conversation/],
  ["/regen", /no message to answer/],
  ["/edit", /no message to edit/],
  ["/undo", /nothing to undo/],
  [
    "x".repeat(3000),
    /The message needs 30\d\d tokens including template and system prompt, but the context holds only 1024/,
  ],
];

for (const [input, says] of WRONG) {
  test(`one sentence and exit 1 for ${input.slice(0, 30).replace(folder, "")}`, async () => {
    const { code, stdout, stderr } = await runChat(["-m", model, ...FLAGS], `${input}\nthe rain\n`);
    assert.equal(code, 1);
    assert.equal(stdout, "", "what follows a failure is not said");
    assert.match(stderr, says);
    assert.match(stderr, /^[Ee]rror: [^\n]+[.?]\n$/);
  });
}

test("a model without a template is said to have none, and answers as a text goes on", async () => {
  const { stdout, stderr } = await chat(["-m", plain, ...FLAGS], "the rain\n/show template\n");
  assert.match(stdout, /^[^\n]+\n$/);
  assert.match(stderr, /^warning: The model's file has no chat template, so [^\n]+\.\n/);
  assert.match(stderr, /built-in template completion/);
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
  const { code, stderr } = await runChat(["-m", plain, "-p", "hi", "--chat-template", "lama2"]);
  assert.equal(code, 1);
  assert.match(stderr, /There is no chat template "lama2"; choose one of llama2, /);
});

test("a file that is not a template is named, and so is a template that loses what was said", async () => {
  const file = join(folder, "poem.txt");
  writeFileSync(file, "Once upon a time");
  for (const flag of ["--chat-template", "--chat-template-file"]) {
    const { code, stderr } = await runChat(["-m", plain, "-p", "hi", flag, file]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /rror: [^\n]*poem\.txt is not a chat template: there is no \{\{ or \{% in it; choose a Jinja file/,
    );
  }
  const losing = fixture("losing.gguf", {
    metadata: { "tokenizer.chat_template": text("{% for m in messages %}[INST] {{ m['text'] }} [/INST]{% endfor %}") },
  });
  const { code, stdout, stderr } = await runChat(["-m", losing, "-p", "hi", ...FLAGS]);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /rror: The chat template loses what was said; choose another template\.\n$/);
  const { stdout: answer } = await chat(["-m", losing, "-p", "hi", ...FLAGS, "--chat-template", "llama2"]);
  assert.match(answer, /^[^\n]+\n$/);
});

test("a model with an empty template chats as one without", async () => {
  const empty = fixture("empty.gguf", {
    metadata: { "general.name": text("llama-2-chat"), "tokenizer.chat_template": text("") },
  });
  const run = (path: string) => chat(["-m", path, "-p", "the rain", ...FLAGS, "--json"]);
  const [{ stdout }, { stdout: named }] = [await run(empty), await run(model)];
  assert.deepEqual(JSON.parse(stdout).promptTokens, JSON.parse(named).promptTokens);
});

test("/tokens counts what the prompt holds, and nothing after /clear", async () => {
  const { stderr } = await chat(["-m", model, ...FLAGS], "the rain\n/tokens\n/clear\n/tokens\n");
  const [, total = "", list = ""] =
    /The prompt takes (\d+) of 1024 tokens \(\d+%\): [^\n]*\n((?: {2}.*\n)+)/.exec(stderr) ?? [];
  const counts = list
    .trimEnd()
    .split("\n")
    .map((line) => Number(/ {2}\w+ +(\d+) /.exec(line)?.[1]));
  assert.equal(counts.length, 2);
  assert.equal((counts[0] as number) + (counts[1] as number), Number(total));
  assert.match(stderr, /The prompt takes 0 of 1024 tokens \(0%\): 1024 are free, and 0 are in the KV cache\.\n$/);
});

test("a full context is said once, and the system prompt stays", async () => {
  const lines = Array.from({ length: 40 }, (_, turn) => `question number ${turn} of many`).join("\n");
  const { stdout, stderr } = await chat(
    ["-m", model, ...FLAGS, "-c", "256", "--system", "be kind"],
    `${lines}\n/tokens\n`,
  );
  assert.equal(stdout.trimEnd().split("\n").length, 40);
  assert.equal(stderr.split("(context full: ").length, 2);
  assert.match(stderr, /\n {2}system +\d+ {2}be kind\n {2}user +left out {2}question number 0 /);
});

test("--stats tells how fast each answer was, on stderr", async () => {
  const { stdout, stderr } = await chat(["-m", model, ...FLAGS, "--stats"], "the rain\n/set stats off\nthe sun\n");
  assert.equal(stdout.split("\n").length, 3);
  const told = stderr.match(
    /prompt \d+ tokens, [\d.]+ tok\/s · answer 8 tokens, [\d.]+ tok\/s · context \d+ of 1024 tokens \(\d+%\)\n/g,
  );
  assert.equal(told?.length, 1, stderr);
});

test("control characters of a model reach no pipe either", async () => {
  // Token 30 is the byte 0x1b.
  const { stdout } = await chat(["-m", model, "-n", "30", "--ignore-eos", "-l", "30+60", "-l", "126+60", "-p", "hi"]);
  assert.match(stdout, /^\{+\n$/);
});

test("the help lists the flags in groups", async () => {
  const { stdout } = await chat(["--help"]);
  const groups = stdout.split("\n").filter((line) => /^[A-Z]\w+:$/.test(line));
  assert.deepEqual(groups.slice(1, 7), ["Model:", "Engine:", "Conversation:", "Terminal:", "Server:", "Sampling:"]);
});
