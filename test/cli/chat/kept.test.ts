import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { chat, FLAGS, folder, model, other, runChat, transcript } from "../../helpers/chat-command.js";
import { llama2 } from "../../helpers/command.js";
import { spread } from "../../helpers/long.js";
import { root } from "../../helpers/paths.js";

test("--session goes on where the last run ended, and evaluates only what is new", async () => {
  const session = join(folder, "session.json");
  const flags = ["-m", model, ...FLAGS, "--session", session];
  await chat([...flags, "--system", "be kind and say little"], "the rain\n");
  const { stderr } = await chat(flags, "the sun\n/tokens\n");
  assert.match(stderr, /^Resuming [^\n]*session\.json \(1 exchange\)\.\n/);
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
  assert.match(foreign.stderr, /its KV cache is from another model; re-reading the conversation/);
  const bytes = readFileSync(`${session}.kv`);
  writeFileSync(`${session}.kv`, bytes.subarray(0, bytes.length - 7));
  const damaged = await chat(["-m", other, ...FLAGS, "--session", session], "the snow\n");
  assert.match(damaged.stderr, /its KV cache is damaged; re-reading/);
  assert.equal(transcript(session).messages.length, 6);
});

test("a file that holds no session is refused, and left alone", async () => {
  const session = join(folder, "diary.json");
  writeFileSync(session, '{"dear": "diary"}');
  const { code, stdout, stderr } = await runChat(["-m", model, ...FLAGS, "--session", session], "the rain\n");
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /rror: [^\n]* is not a saved conversation; [^\n]*\.\n$/);
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
  const saving = await runChat(["-m", model, ...FLAGS], `the rain\n/save ${diary}\n`);
  assert.equal(saving.code, 1);
  assert.match(
    saving.stderr,
    /dear-diary\.txt already exists and is not a saved conversation; choose another file\.\n$/,
  );
  assert.equal(readFileSync(diary, "utf8"), "dear diary");
  const nowhere = join(folder, "no folder", "session.json");
  const keeping = await runChat(["-m", model, ...FLAGS, "--session", nowhere], "the rain\n");
  assert.equal(keeping.code, 1);
  assert.equal(keeping.stdout, "");
  assert.match(keeping.stderr, /rror: There is no folder [^\n]*no folder to keep the session in; [^\n]*\.\n$/);
});

test("a file in the place of the KV cache is left alone by /save and --session, before anything is said", async () => {
  const notes = join(folder, "notes");
  writeFileSync(`${notes}.kv`, "precious");
  const saving = await runChat(["-m", model, ...FLAGS], `the rain\n/save ${notes}\n`);
  const keeping = await runChat(["-m", model, ...FLAGS, "--session", notes], "the rain\n");
  for (const { code, stderr } of [saving, keeping]) {
    assert.equal(code, 1);
    assert.match(
      stderr,
      /notes\.kv already exists and is not the KV cache of a conversation; save under another name\.\n$/,
    );
  }
  assert.equal(keeping.stdout, "");
  assert.equal(readFileSync(`${notes}.kv`, "utf8"), "precious");
  assert.ok(!existsSync(notes));
});

test("a session that is a link is kept in its target", { skip: process.platform === "win32" }, async () => {
  const [link, target] = [join(folder, "link.json"), join(folder, "target.json")];
  await chat(["-m", model, ...FLAGS, "--session", target], "the rain\n");
  symlinkSync(target, link);
  await chat(["-m", model, ...FLAGS, "--session", link], "the sun\n");
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.equal(transcript(target).messages.length, 4);
});

test("a failure of /save names the folder that is missing, and no other name", async () => {
  const nowhere = join(folder, "nosuch");
  const { code, stderr } = await runChat(["-m", model, ...FLAGS], `the rain\n/save ${join(nowhere, "x.json")}\n`);
  assert.equal(code, 1);
  assert.ok(stderr.endsWith(`rror: There is no folder ${nowhere}.\n`), stderr);
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
  for (const command of spread(["chat", "generate"], 1)) {
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
    assert.match(
      stderr,
      /error: The output cannot be written: the disk is full; free some space, or write elsewhere\.\n$/,
    );
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

for (const name of spread(["SIGTERM", "SIGHUP"] as const, 1)) {
  test(`${name} while the session is being saved leaves it whole`, { skip: process.platform === "win32" }, async () => {
    const place = join(folder, `saving-${name}`);
    mkdirSync(place);
    const session = join(place, "session.json");
    let isKilled = false;
    const { code, stderr } = await llama2(
      ["chat", "-m", model, ...FLAGS, "-p", "hi", "-n", "300", "--session", session],
      {
        onStdout: (text, kill) => {
          // The line break at the end is the last that is written before the session is.
          if (!isKilled && text.endsWith("\n")) kill(name);
          isKilled ||= text.endsWith("\n");
        },
      },
    );
    assert.ok(isKilled);
    assert.ok([0, 129, 143, null].includes(code), `${code}: ${stderr}`);
    assert.deepEqual(
      transcript(session).messages.map(({ role }) => role),
      ["user", "assistant"],
    );
    assert.deepEqual(
      readdirSync(place).filter((file) => !["session.json", "session.json.kv"].includes(file)),
      [],
    );
  });
}
