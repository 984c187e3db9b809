import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { LlamaError } from "#dist/errors.js";
import { Llama } from "#dist/llama.js";
import { fixtureAdapter, writeAdapter } from "./helpers/adapter-fixture.js";
import { fixtureModel, text, writeFixture } from "./helpers/model-fixture.js";
import { temporaryFolder } from "./helpers/temporary.js";

const folder = temporaryFolder();
const path = join(folder, "model.gguf");
const model = fixtureModel({ contextLength: 512, metadata: { "general.name": text("llama-2-chat") } });
writeFixture(path, model);
const adapters = [1, 2].map((seed) => {
  const adapterPath = join(folder, `adapter-${seed}.gguf`);
  writeAdapter(adapterPath, fixtureAdapter(model, { seed }));
  return adapterPath;
}) as [string, string];
const bare = await Llama.load(path, { threads: 1 });
const llama = await Llama.load(path, {
  threads: 1,
  loras: [{ path: adapters[0] }, { path: pathToFileURL(adapters[1]), scale: 0 }],
});
after(() => Promise.all([bare.dispose(), llama.dispose()]));

const IDS = [1, 270, 280, 265];

const refused = (message: RegExp) => (error: unknown) =>
  error instanceof LlamaError && error.code === "option" && message.test(error.message);

/** As a program in JavaScript would call it, which no compiler checks. */
const untyped = <T>(value: T): never => value as never;

async function logitsOf(from: Llama, loras?: readonly { id: number; scale: number }[]): Promise<Float32Array> {
  const session = from.createSession({ loras });
  try {
    return await session.evaluate(IDS);
  } finally {
    session.dispose();
  }
}

test("sessions have a model's adapters as it was loaded, or as they ask for", async () => {
  const [none, first, second] = [
    await logitsOf(bare),
    await logitsOf(llama),
    await logitsOf(llama, [{ id: 1, scale: 1 }]),
  ];
  assert.deepEqual(llama.loras, [
    { id: 0, path: adapters[0], scale: 1 },
    { id: 1, path: adapters[1], scale: 0 },
  ]);
  assert.notDeepEqual(first, none);
  assert.notDeepEqual(second, first);
  assert.deepEqual(await logitsOf(llama, []), none);
  assert.deepEqual(await logitsOf(llama, [{ id: 0, scale: 1 }]), first);
  llama.setLoras([{ id: 1, scale: 1 }]);
  assert.deepEqual(await logitsOf(llama), second);
  assert.deepEqual(
    llama.loras.map(({ scale }) => scale),
    [0, 1],
  );
  llama.setLoras([{ id: 0, scale: 1 }]);
});

test("a session changes its adapters when it is empty, and its fork has them", async () => {
  const first = await logitsOf(llama);
  const session = llama.createSession({ loras: [] });
  await session.evaluate(IDS);
  assert.throws(() => session.setLoras([{ id: 0, scale: 1 }]), refused(/holds 4 tokens .* rewind it to 0/));
  session.rewind(0);
  session.setLoras([{ id: 0, scale: 1 }]);
  assert.deepEqual(session.loras, [
    { id: 0, scale: 1 },
    { id: 1, scale: 0 },
  ]);
  await session.evaluate(IDS.slice(0, 2));
  const fork = session.fork();
  assert.deepEqual(await fork.evaluate(IDS.slice(2)), first);
  session.dispose();
  fork.dispose();
});

const GREEDY = { temperature: 0, maxTokens: 12, ignoreEos: true } as const;

test("each of several answers at once has the adapters that it asks for", async () => {
  const choices = [undefined, [], [{ id: 1, scale: 1 }], [{ id: 0, scale: 0.5 }]];
  const alone: string[] = [];
  for (const loras of choices) alone.push(await llama.complete("the rain", { ...GREEDY, loras }));
  assert.equal(new Set(alone).size, choices.length);
  assert.equal(alone[1], await bare.complete("the rain", GREEDY));
  assert.deepEqual(await Promise.all(choices.map((loras) => llama.complete("the rain", { ...GREEDY, loras }))), alone);
});

test("a chat answers anew with other adapters, and never from a cache that was made with others", async () => {
  const chat = await llama.createChat({ loras: [] });
  const plain = await bare.createChat();
  try {
    const expected = await plain.ask("the rain", GREEDY);
    assert.equal(await chat.ask("the rain", GREEDY), expected);
    const saved = join(folder, "chat.json");
    await chat.save(saved);
    chat.setLoras([{ id: 0, scale: 1 }]);
    assert.equal(chat.position, 0);
    const { restored, reason } = await chat.load(saved);
    assert.deepEqual([restored, reason], ["transcript", "its KV cache was made with other adapters"]);
    chat.clear();
    const other = await chat.ask("the rain", GREEDY);
    assert.notEqual(other, expected);
    await chat.save(saved);
    assert.equal((await chat.load(saved)).restored, "cache");
    const { position } = chat;
    chat.setLoras([{ id: 0, scale: 1 }]);
    assert.equal(chat.position, position);
    await assert.rejects(chat.ask("a", untyped({ loras: [] })), refused(/change them with setLoras/));
  } finally {
    chat.dispose();
    plain.dispose();
  }
});

test("adapters that are not there, and what is no list of them, are refused in a sentence", async () => {
  const load = (loras: unknown) => Llama.load(path, { loras: untyped(loras) });
  await assert.rejects(load("a.gguf"), refused(/^loras must be a list of \{ path, scale \} \(got a string\)\.$/));
  await assert.rejects(load(["a.gguf"]), refused(/An adapter in loras expects an object of options \(got a string\)/));
  await assert.rejects(load([{ file: "a.gguf" }]), refused(/An adapter in loras has no option file/));
  await assert.rejects(load([{ scale: 1 }]), refused(/with a path each \(got undefined\)/));
  await assert.rejects(load([{ path: "a", scale: "1" }]), refused(/scale .* must be a finite number \(got "1"\)/));
  await assert.rejects(load([{ path: "a", scale: 1e39 }]), refused(/finite number/));
  await assert.rejects(load(new Array(65).fill({ path: "a" })), refused(/64 adapters at most \(got 65\)/));
  await assert.rejects(load([{ path: join(folder, "none.gguf") }]), /none\.gguf/);
  await assert.rejects(load([{ path }]), /is not an adapter: it looks like a model/);
  await assert.rejects(Llama.load(adapters[0]), /This is an adapter, not a model/);

  const ask = (loras: unknown) => () => llama.createSession({ loras: untyped(loras) });
  assert.throws(ask(7), refused(/loras must be a list of \{ id, scale \} \(got a number\)/));
  assert.throws(ask([{ id: 2, scale: 1 }]), refused(/no adapter of id 2; ids go from 0 to 1/));
  assert.throws(ask([{ id: "0", scale: 1 }]), refused(/no adapter of id "0"/));
  assert.throws(ask([{ id: 0 }]), refused(/must be a finite number \(got undefined\)/));
  assert.throws(
    ask([
      { id: 0, scale: 1 },
      { id: 0, scale: 2 },
    ]),
    refused(/of id 0 is in the list twice/),
  );
  assert.throws(() => bare.createSession({ loras: [{ id: 0, scale: 1 }] }), refused(/loaded without adapters/));
  assert.throws(() => llama.setLoras(untyped([{ id: -1, scale: 1 }])), refused(/no adapter of id -1/));
});
