/** The command with our own server at the other end, against the command alone. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { bundledModelPath } from "#dist/bundled-model.js";
import { HttpServer } from "#dist/cli/serve/http-server.js";
import { Llama } from "#dist/llama.js";
import { createFetch } from "#dist/server/fetch.js";
import { isWhole } from "../../helpers/long.js";
import { runCommand } from "../../helpers/run-command.js";

const KEY = "sk-own";
const llama = await Llama.load(bundledModelPath, { threads: isWhole ? 2 : 1 });
const server = new HttpServer(createFetch(llama, { alias: "tiny", apiKeys: [KEY] }));
const address = await server.listen("127.0.0.1", 0);
after(async () => {
  await server.close();
  await llama.dispose();
});

const there = (args: readonly string[], input = "") =>
  runCommand([...args, "--endpoint", address], { input, env: { LLAMA2_API_KEY: KEY } });
const here = (args: readonly string[], input = "") => runCommand([...args, "-m", bundledModelPath], { input });

test("texts and conversations are those of the model on this machine", async () => {
  const generate = ["generate", "-p", "Once upon a time", "--seed", "5", "-n", "20"];
  const chat = ["chat", "--seed", "5", "--system", "Be kind.", "-n", "40"];
  const talk = "Hello.\nWhat is 3 + 4?\n/regen\n/undo\nTell me a story.\n";
  for (const [args, input] of [[generate], [chat, talk]] as const) {
    const [remote, local] = [await there(args, input), await here(args, input)];
    assert.equal(remote.code, 0, remote.stderr);
    assert.equal(remote.stdout, local.stdout);
    assert.ok(remote.stdout.length > 10);
  }
});

test("JSON says how many tokens there were, and a form holds", async () => {
  const { stdout } = await there(["chat", "-p", "What is 3 + 4?", "--temp", "0", "--json"]);
  const report = JSON.parse(stdout) as { text: string; model: string; usage: { promptTokens: number; tokens: number } };
  const chat = await llama.createChat();
  const answer = chat.send("What is 3 + 4?", { temperature: 0 });
  for await (const _ of answer);
  assert.equal(report.text, answer.text);
  assert.equal(report.model, "tiny");
  assert.equal(report.usage.promptTokens, answer.promptTokens.length);
  chat.dispose();
  const formed = await there(["chat", "-p", "Yes?", "--json-schema", '{"enum": ["yes", "no"]}', "--temp", "1.5"]);
  assert.match(formed.stdout, /^"(yes|no)"\n$/, formed.stderr);
});

test("a wrong key, a wrong model and a text that is too long are one sentence each", async () => {
  const wrong = await runCommand(["chat", "--endpoint", address, "-p", "x", "--api-key", "sk-other"]);
  assert.match(wrong.stderr, /does not accept the key \(HTTP status 401\)/);
  assert.ok(!wrong.stderr.includes("sk-other"));
  const other = await there(["chat", "-m", "gpt-9", "-p", "x"]);
  assert.match(other.stderr, /has no such address or model: There is no model of that name here/);
  const long = await there(["chat", "-p", "long ".repeat(2000)]);
  assert.match(long.stderr, /refuses the request \(HTTP status 400\): /);
  assert.deepEqual([wrong.code, other.code, long.code], [1, 1, 1]);
});
