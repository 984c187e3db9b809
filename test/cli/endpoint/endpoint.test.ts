import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { llama2 } from "../../helpers/command.js";
import { event, startOpenAiServer, stream } from "../../helpers/openai-server.js";
import { type RunOptions, runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const KEY = "sk-very-secret-1234";
const server = await startOpenAiServer();
const chat = (args: readonly string[], options: RunOptions = {}) =>
  runCommand(["chat", "--endpoint", server.address, ...args], options);
const generate = (args: readonly string[], options: RunOptions = {}) =>
  runCommand(["generate", "--endpoint", server.address, ...args], options);

/** Forgets what was seen and how to answer. */
function reset(): void {
  server.seen.length = 0;
  server.answer = undefined;
  server.pieces = ["Hel", "lo."];
  server.models = ["tiny"];
}

test("a text is continued by a server, in the names that it knows", async () => {
  reset();
  const args = ["-p", "Say", "-n", "9", "--temp", "0.5", "--seed", "3", "-r", "END", "--api-key", KEY];
  const { code, stdout, stderr } = await generate(args);
  assert.deepEqual([code, stdout], [0, "Hello.\n"], stderr);
  assert.match(stderr, /generated 3 tokens/);
  const [models, request] = server.seen;
  assert.deepEqual([models?.path, request?.path], ["/v1/models", "/v1/completions"]);
  assert.equal(request?.headers.authorization, `Bearer ${KEY}`);
  assert.deepEqual(request?.body, {
    model: "tiny",
    prompt: "Say",
    stream: true,
    stream_options: { include_usage: true },
    temperature: 0.5,
    seed: 3,
    max_tokens: 9,
    stop: ["END"],
  });
});

test("one message is answered, as text or as an object", async () => {
  reset();
  server.pieces = ["\n Hel", "lo."];
  const text = await chat(["-m", "mine", "--system", "Be brief.", "-p", "Hi"], { env: { LLAMA2_API_KEY: KEY } });
  assert.deepEqual([text.code, text.stdout.trim()], [0, "Hello."], text.stderr);
  const [request] = server.seen;
  assert.equal(server.seen.length, 1, "a model that is named needs no list");
  assert.equal(request?.headers.authorization, `Bearer ${KEY}`);
  assert.deepEqual(request?.body["messages"], [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hi" },
  ]);
  const json = await chat(["-p", "Hi", "--json", "--seed", "4"]);
  const report = JSON.parse(json.stdout) as Record<string, unknown>;
  assert.deepEqual(
    [report["text"], report["model"], report["finishReason"], report["seed"], report["usage"]],
    ["Hello.", "tiny", "stop", 4, { promptTokens: 7, tokens: 3 }],
  );
  const generated = JSON.parse((await generate(["-p", "x", "--json"])).stdout) as { text: string };
  assert.equal(generated.text, "\n Hello.");
});

test("a conversation by lines, with the commands that make sense; the others say why they do not", async () => {
  reset();
  const path = join(temporaryFolder(), "talk.json");
  const lines = [
    "One",
    "/regen",
    "/edit Two",
    "/undo",
    "Three",
    "/show model",
    "/show",
    "/set temp 0.3",
    "Five",
    "/save",
  ];
  const { code, stdout, stderr } = await chat(["--session", path], { input: lines.join("\n") });
  assert.equal(code, 0, stderr);
  assert.equal(stdout.match(/Hello\./g)?.length, 5, stdout);
  assert.match(stderr, /tiny at http:\/\/127\.0\.0\.1:\d+\/v1/);
  assert.match(stderr, /Removed "Two" and its answer/);
  const requests = server.seen.filter(({ path }) => path.endsWith("completions"));
  const user = (content: string) => ({ role: "user", content });
  const assistant = { role: "assistant", content: "Hello." };
  assert.deepEqual(
    requests.map(({ body }) => body["messages"]),
    [[user("One")], [user("One")], [user("Two")], [user("Three")], [user("Three"), assistant, user("Five")]],
  );
  assert.deepEqual(
    requests.map(({ body }) => body["temperature"]),
    [undefined, undefined, undefined, undefined, 0.3],
  );
  const saved = JSON.parse(readFileSync(path, "utf8")) as { messages: unknown[] };
  assert.deepEqual(saved.messages, [user("Three"), assistant, user("Five"), assistant]);
  const again = await chat(["--session", path, "-p", "Six"]);
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(server.seen.at(-1)?.body["messages"], [...saved.messages, user("Six")]);

  for (const command of ["/tokens", "/show template", "/show context"]) {
    const told = await chat([], { input: `${command}\n` });
    assert.match(told.stderr, /A server tells neither its template nor its context/);
  }
  const ignored = await chat([], { input: "/set top-k 5\nFour\n" });
  assert.match(ignored.stderr, /top-k is nothing that a server takes/);
});

test("answers of a form are asked for as a JSON Schema, and looked at", async () => {
  reset();
  server.pieces = ['{"age": 3, ', '"name": "Bo"}'];
  const good = await chat(["-p", "Who?", "--schema", "name, age int"]);
  assert.deepEqual([good.code, good.stdout.trim()], [0, '{"age": 3, "name": "Bo"}'], good.stderr);
  const format = server.seen.at(-1)?.body["response_format"] as { json_schema: { schema: { required: string[] } } };
  assert.deepEqual(format.json_schema.schema.required, ["name", "age"]);
  server.pieces = ["Bo, who is 3."];
  const bad = await chat(["-p", "Who?", "--schema", "name, age int"]);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /did not hold the answer to the form that was asked for/);
});

test("flags that a server would ignore are refused by name, before anything is sent", async () => {
  reset();
  const flags = [
    ["--threads", "2"],
    ["--ctx-size", "100"],
    ["--top-k", "5"],
    ["--regex", "a"],
    ["--grammar", 'root ::= "a"'],
    ["--ignore-eos"],
    ["--spec-type", "ngram-simple"],
    ["--offline"],
    ["--hf-repo", "a/b"],
  ];
  for (const flag of flags) {
    for (const run of [chat, generate]) {
      const { code, stderr } = await run(["-p", "x", ...flag]);
      assert.notEqual(code, 0, flag[0]);
      assert.match(stderr, new RegExp(`${flag[0]} is nothing that a server takes`), stderr);
    }
  }
  const template = await chat(["-p", "x", "--chat-template", "llama2"]);
  assert.match(template.stderr, /--chat-template is nothing that a server takes/);
  const schema = await generate(["-p", "x", "--schema", "a"]);
  assert.match(schema.stderr, /--schema is nothing that a server takes/);
  const alone = await runCommand(["generate", "-p", "x", "--api-key", KEY]);
  assert.match(alone.stderr, /--api-key is for a server; name that with --endpoint/);
  assert.ok(!alone.stderr.includes(KEY));
  assert.deepEqual(server.seen, []);
});

test("what goes wrong is one sentence, and the key is in none", async () => {
  const wrong: readonly (readonly [RegExp, NonNullable<typeof server.answer>])[] = [
    [
      /does not accept the key \(HTTP status 401\)/,
      (_, response) => response.writeHead(401).end(JSON.stringify({ error: { message: `bad key ${KEY}` } })),
    ],
    [
      /has no such address or model: The model gpt does not exist; check --endpoint/,
      (_, response) => response.writeHead(404).end(JSON.stringify({ message: "The model gpt does not exist." })),
    ],
    [
      /refuses the request \(HTTP status 400\): it is too long for …\./,
      (_, response) => response.writeHead(400).end(JSON.stringify({ detail: `it is too long for ${KEY}` })),
    ],
    [/has had too many requests/, (_, response) => response.writeHead(429).end()],
    [
      /fails with HTTP status 503: Loading model; try again/,
      (_, response) => response.writeHead(503).end('{"error":{"message":"Loading model"}}'),
    ],
    [
      /redirects to http:\/\/elsewhere\.example\/v1\/completions; give that address/,
      (_, response) => response.writeHead(307, { Location: "http://elsewhere.example/v1/completions" }).end(),
    ],
    [
      /does not answer with a stream of events/,
      (_, response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<html>"),
    ],
    [
      /sends something that is not JSON/,
      (_, response) => {
        stream(response);
        response.end("data: {oops\n\n");
      },
    ],
    [
      /sends choices that are not a list/,
      (_, response) => {
        stream(response);
        response.end(event({ choices: 7 }));
      },
    ],
    [
      /ended the answer with an error: out of memory/,
      (_, response) => {
        stream(response);
        response.end(event({ error: { message: "out of memory" } }));
      },
    ],
    [
      /broke off in the middle of the answer/,
      (_, response) => {
        stream(response);
        response.end(event({ choices: [{ text: "Half", delta: { content: "Half" } }] }));
      },
    ],
    [
      /failed: the connection broke off/,
      (_, response) => {
        stream(response);
        response.write(event({ choices: [{ text: "Half", delta: { content: "Half" } }] }), () => response.destroy());
      },
    ],
  ];
  for (const [pattern, answer] of wrong) {
    reset();
    server.answer = answer;
    for (const run of [chat, generate]) {
      const { code, stdout, stderr } = await run(["-m", "gpt", "-p", "x", "--api-key", KEY]);
      assert.equal(code, 1, stderr);
      assert.match(stderr, pattern);
      assert.ok(!`${stdout}${stderr}`.includes(KEY), stderr);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
    }
    assert.equal(server.seen.length, 2, "asked once each");
  }
  server.answer = (_, response) => void response.writeHead(401).end();
  assert.match((await chat(["-m", "gpt", "-p", "x"])).stderr, /wants a key \(HTTP status 401\)/);
});

test("a server that is not there, and models of which one must be named", async () => {
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
  const { port } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  const { code, stderr } = await runCommand(["chat", "--endpoint", `http://127.0.0.1:${port}`, "-p", "x"]);
  assert.equal(code, 1);
  assert.match(stderr, /cannot be reached: the connection was refused; check that the server runs/);
  reset();
  server.models = ["a", "b"];
  assert.match((await chat(["-p", "x"])).stderr, /has several models; name one with -m: a, b\./);
  server.models = [];
  assert.match((await chat(["-p", "x"])).stderr, /has no models/);
  server.answer = (_, response) => void response.writeHead(200).end("[]");
  assert.match((await chat(["-p", "x"])).stderr, /does not list its models/);
});

test("Ctrl-C ends the request, and what came stays on the screen", async () => {
  reset();
  server.answer = (_, response) => {
    stream(response);
    response.write(event({ choices: [{ text: "And so", delta: { content: "And so" } }] }));
  };
  const args = ["generate", "--endpoint", server.address, "-m", "tiny", "-p", "x"];
  const { code, stdout } = await llama2(args, {
    onStdout: (text, kill) => {
      if (text.includes("And so")) kill("SIGINT");
    },
  });
  assert.match(stdout, /^And so\n?$/);
  assert.equal(code, 130);
  await server.closed;
});
