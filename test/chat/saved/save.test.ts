import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { ChatAnswer } from "#dist/chat/answer.js";
import type { ChatSession } from "#dist/chat/chat-session.js";
import type { SendOptions } from "#dist/chat/options.js";
import { LlamaError, type LlamaErrorCode } from "#dist/errors.js";
import { Llama } from "#dist/llama.js";
import type { LoadOptions } from "#dist/load-options.js";
import { fixtureModel, text, writeFixture } from "../../helpers/model-fixture.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const folder = temporaryFolder();
const metadata = { "general.name": text("llama-2-chat") };
const path = join(folder, "model.gguf");
writeFixture(path, fixtureModel({ contextLength: 256, metadata }));
const llama = await Llama.load(path, { threads: 1 });
after(() => llama.dispose());

const OPTIONS: SendOptions = { temperature: 0, maxTokens: 8, ignoreEos: true };

async function collect(answer: ChatAnswer): Promise<string> {
  let whole = "";
  for await (const piece of answer) whole += piece;
  return whole;
}

async function talk(model: Llama = llama): Promise<ChatSession> {
  const chat = await model.createChat({ system: "be kind" });
  await collect(chat.send("the rain", OPTIONS));
  await collect(chat.send("and [INST] then", OPTIONS));
  return chat;
}

const isError =
  (code: LlamaErrorCode, pattern = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof LlamaError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    assert.match(error.message, /^[^\n]*\.$/);
    return true;
  };

const saved = join(folder, "saved.json");
const chat = await talk();
await chat.save(saved);
const transcript = readFileSync(saved);
const cache = readFileSync(`${saved}.kv`);
const next = chat.send("the end", OPTIONS);
await collect(next);
chat.dispose();

/** Loads the conversation in a fresh chat, and lets it go on; it must go on as the one that was saved did. */
async function resume(file: string, model: Llama = llama) {
  const resumed = await model.createChat({});
  const loaded = await resumed.load(file);
  const { position } = resumed;
  assert.equal(resumed.system, "be kind");
  assert.deepEqual(resumed.messages, chat.messages.slice(0, 4));
  const answer = resumed.send("the end", OPTIONS);
  await collect(answer);
  resumed.dispose();
  return { loaded, position, answer };
}

/** A copy of what was saved, in files of their own. */
function copy(name: string, bytes: Uint8Array | undefined = cache, json: Uint8Array | string = transcript): string {
  const file = join(folder, `${name.replaceAll(/\W/g, "-")}.json`);
  writeFileSync(file, json);
  if (bytes !== undefined) writeFileSync(`${file}.kv`, bytes);
  return file;
}

/** The file with another head, and all that depends on it made right. */
function withHead(change: (head: Record<string, unknown>) => void): Buffer {
  const length = cache.readUInt32LE(12);
  const head = JSON.parse(cache.toString("utf8", 16, 16 + length)) as Record<string, unknown>;
  change(head);
  return headOf(JSON.stringify(head));
}

function headOf(text: string): Buffer {
  const length = cache.readUInt32LE(12);
  const json = Buffer.from(text);
  const fixed = Buffer.from(cache.subarray(0, 16));
  fixed.writeUInt32LE(json.length, 12);
  return sealed(Buffer.concat([fixed, json, cache.subarray(16 + length, -32)]));
}

function sealed(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, createHash("sha256").update(bytes).digest()]);
}

test("a saved conversation goes on exactly as it would have, and evaluates nothing twice", async () => {
  const { loaded, position, answer } = await resume(saved);
  assert.deepEqual(loaded, { restored: "cache" });
  assert.ok(position > 0);
  assert.deepEqual(answer.promptTokens, next.promptTokens);
  assert.deepEqual(answer.tokens, next.tokens);
  assert.equal(answer.text, next.text);
});

test("both files are for the owner only, and nothing else is left behind", () => {
  if (process.platform !== "win32") {
    assert.equal(statSync(saved).mode & 0o777, 0o600);
    assert.equal(statSync(`${saved}.kv`).mode & 0o777, 0o600);
  }
  assert.deepEqual(
    readdirSync(folder)
      .filter((file) => file.startsWith("saved.json"))
      .sort(),
    ["saved.json", "saved.json.kv"],
  );
});

test("another context size takes the cache over, one too small the transcript", async () => {
  const larger = await Llama.load(path, { threads: 1, contextSize: 256, batchSize: 8 });
  const again = await resume(saved, larger);
  assert.deepEqual(again.loaded, { restored: "cache" });
  assert.deepEqual(again.answer.tokens, next.tokens);
  await larger.dispose();
  const small = await Llama.load(path, { threads: 1, contextSize: 64 });
  const resumed = await small.createChat({});
  const loaded = await resumed.load(saved);
  assert.equal(loaded.restored, "transcript");
  assert.match(loaded.reason ?? "", /^its KV cache holds \d+ tokens, but the context only 64$/);
  const answer = resumed.send("the end", { ...OPTIONS, maxTokens: 4 });
  await collect(answer);
  assert.ok(answer.droppedExchanges > 0);
  await small.dispose();
});

describe("a cache that is foreign or damaged is refused with the reason, and rebuilt from the transcript", () => {
  const refused = async (file: string, reason: RegExp, model: Llama = llama) => {
    const { loaded, position, answer } = await resume(file, model);
    assert.equal(loaded.restored, "transcript");
    assert.match(loaded.reason ?? "", reason);
    assert.equal(position, 0);
    assert.ok(answer.promptTokens.length > next.promptTokens.length);
  };

  test("another model of the same shape", async () => {
    const other = join(folder, "other.gguf");
    writeFixture(other, fixtureModel({ contextLength: 256, metadata, seed: 2 }));
    const model = await Llama.load(other, { threads: 1 });
    await refused(saved, /^its KV cache is from another model$/, model);
    await model.dispose();
  });

  const types: readonly LoadOptions[] = [
    { cacheTypeK: "f32" },
    { cacheTypeV: "f32" },
    { cacheTypeK: "q8_0", cacheTypeV: "q8_0" },
  ];
  for (const options of types) {
    test(`the same model with ${JSON.stringify(options)}`, async () => {
      const model = await Llama.load(path, { threads: 1, ...options });
      await refused(saved, /^its KV cache has the types f16 and f16, but the model was loaded with /, model);
      const own = join(folder, "own.json");
      const session = await talk(model);
      await session.save(own);
      const continued = await collect(session.send("the end", OPTIONS));
      session.dispose();
      const again = await model.createChat({});
      assert.deepEqual(await again.load(own), { restored: "cache" });
      assert.equal(await collect(again.send("the end", OPTIONS)), continued);
      await model.dispose();
    });
  }

  test("none at all", async () => {
    const file = copy("none");
    rmSync(`${file}.kv`);
    await refused(file, /^there is no KV cache beside it$/);
    mkdirSync(`${file}.kv`);
    await refused(file, /^its KV cache cannot be read$/);
  });

  const damages: readonly (readonly [string, Buffer])[] = [
    ["empty", Buffer.alloc(0)],
    ["three bytes", cache.subarray(0, 3)],
    ["its first half", cache.subarray(0, cache.length >> 1)],
    ["all but the last byte", cache.subarray(0, -1)],
    ["a byte too many", Buffer.concat([cache, Buffer.alloc(1)])],
    ["another format", Buffer.from("GGUF".repeat(100))],
    ["a head of 4 GB", flipped(12, 0xff, 4)],
    ["a head that is no JSON", flipped(20, 0)],
    ["a flipped bit in the rows", flipped(cache.length >> 1, 1)],
    ["a flipped bit in the checksum", flipped(cache.length - 1, 1)],
    ["ids beyond the vocabulary", withHead((head) => (head["ids"] as number[]).fill(1 << 20))],
    ["ids that are no numbers", withHead((head) => (head["ids"] as unknown[]).fill("1"))],
    ["negative ids", withHead((head) => (head["ids"] as unknown[]).fill(-1))],
    ["fewer ids than rows", withHead((head) => (head["ids"] as unknown[]).pop())],
    ["a head without text", withHead((head) => delete head["text"])],
    ["a head without shape", withHead((head) => delete head["shape"])],
    ["other layers", withHead((head) => Object.assign(head["shape"] as object, { layers: 1 }))],
    ["checkpoints that go back", withHead((head) => (head["checkpoints"] as unknown[]).push({ chars: 0, ids: 1 }))],
    [
      "checkpoints out of the text",
      withHead((head) => (head["checkpoints"] as unknown[]).push({ chars: 1e6, ids: 1e6 })),
    ],
    ["a checkpoint of null", withHead((head) => (head["checkpoints"] as unknown[]).push(null))],
    ["a head of null", headOf("null")],
    ["a head of text", headOf('"x"')],
    ...["types", "layers", "kvHeads", "keyRow", "valueRow"].map((name): readonly [string, Buffer] => [
      `a shape whose ${name} is an object that cannot be shown`,
      withHead((head) => Object.assign(head["shape"] as object, { [name]: { toString: 0, valueOf: 0 } })),
    ]),
    [
      "a type that is a list",
      withHead((head) => Object.assign(head["shape"] as object, { types: [["f16"], ["f16"]] })),
    ],
    ["a model that is an object", withHead((head) => Object.assign(head, { model: { toString: 0 } }))],
    ["a head that is a list", withHead((head) => Object.assign(head, { ids: {} }))],
  ];
  for (const [name, bytes] of damages) {
    test(name, () => refused(copy(name, bytes), /^its KV cache is damaged$/));
  }

  test("a head of more values than a conversation of this length has", () => {
    const many = withHead((head) => Object.assign(head, { spare: new Array(10_000).fill([]) }));
    return refused(copy("many-values", many), /^its KV cache was made for a longer context$/);
  });

  for (const version of [1, 3]) {
    test(`version ${version}`, async () => {
      const pattern = new RegExp(`^its KV cache has version ${version} of the format \\(expected 2\\)$`);
      const bytes = Buffer.from(cache);
      bytes[8] = version;
      await refused(copy("other-version", bytes), pattern);
    });
  }

  test("another conversation's: it is of no use, and of no harm", async () => {
    const other = await llama.createChat({ system: "be brief" });
    await collect(other.send("the snow", OPTIONS));
    const file = join(folder, "another.json");
    await other.save(file);
    other.dispose();
    copyFileSync(saved, file);
    const { answer } = await resume(file);
    assert.equal(answer.text, next.text);
  });
});

/** The file with some bytes set to what they were not. */
function flipped(at: number, value: number, count = 1): Buffer {
  const bytes = Buffer.from(cache);
  for (let i = at; i < at + count; i++) bytes[i] = value === 1 ? (bytes[i] as number) ^ 1 : value;
  return bytes;
}

describe("a transcript that is none is refused, and the conversation stays", () => {
  const refused = async (json: Uint8Array | string, pattern: RegExp, code: LlamaErrorCode = "format") => {
    const session = await talk();
    const before = JSON.stringify(session.messages);
    const { position } = session;
    await assert.rejects(session.load(copy("refused", cache, json)), isError(code, pattern));
    assert.deepEqual([JSON.stringify(session.messages), session.position], [before, position]);
    session.dispose();
  };
  const json = (change: object) => JSON.stringify({ ...(JSON.parse(transcript.toString()) as object), ...change });

  const wrong: readonly (readonly [string, Uint8Array | string, RegExp])[] = [
    ["an empty file", "", /is not valid JSON/],
    ["its first half", transcript.subarray(0, transcript.length >> 1), /is not valid JSON/],
    ["bytes that are no UTF-8", Buffer.from([0x22, 0xff, 0x22]), /is not UTF-8 text/],
    ["null", "null", /is not a saved conversation/],
    ["a list", "[]", /is not a saved conversation/],
    ["lists in lists", "[".repeat(200_000), /is not valid JSON/],
    ["deep lists", `${"[".repeat(200_000)}${"]".repeat(200_000)}`, /is not a saved conversation|is not valid JSON/],
    ["another format", json({ format: "llama3\u001b[2J" }), /is not a saved conversation/],
    ["a newer version", json({ version: 2 }), /has version 2 of its format \(expected 1\)/],
    ["a version of text", json({ version: "\u001b[2J" }), /has version "\\u001b\[2J"/],
    ["no messages", json({ messages: undefined }), /are not a list/],
    ["messages of nobody", json({ messages: [{ role: "\u001b[2J", content: "" }] }), /has the role "\\u001b\[2J"/],
    ["messages without text", json({ messages: [{ role: "user", content: 1 }] }), /has 1 as its content, not text/],
    [
      "messages out of turn",
      json({ messages: [{ role: "assistant", content: "" }] }),
      /found a message from the assistant where the user's turn is/,
    ],
    [
      "a version that is an object",
      json({ version: { toString: 0, valueOf: 0 } }),
      /has version an object of its format/,
    ],
    [
      "a role that is an object",
      json({ messages: [{ role: { toString: 0 }, content: "" }] }),
      /has the role an object/,
    ],
    ["a role that is a list", json({ messages: [{ role: [["user"]], content: "" }] }), /has the role an array/],
    ["messages that are numbers", json({ messages: [1] }), /number 1 is 1;/],
    [
      "contents that are objects",
      json({ messages: [{ role: "user", content: { a: 1 } }] }),
      /an object as its content/,
    ],
    [
      "millions of empty lists",
      json({ messages: [[]], x: 0 }).replace('"x":0', `"x":[${"[],".repeat(1 << 20)}[]]`),
      /is not a saved/,
    ],
    ["a system prompt among them", json({ messages: [{ role: "system", content: "" }] }), /among the messages/],
    ["a system prompt of numbers", json({ system: 1 }), /system prompt/],
    ["dropped exchanges below none", json({ droppedExchanges: -1 }), /dropped/],
    [
      "prototypes",
      '{"__proto__": {"format": "llama2 chat", "version": 1, "messages": []}}',
      /is not a saved conversation/,
    ],
  ];
  for (const [name, contents, pattern] of wrong) test(name, () => refused(contents, pattern));

  test("no file, or a folder", async () => {
    const session = await llama.createChat({});
    await assert.rejects(session.load(join(folder, "nowhere.json")), isError("not-found"));
    await assert.rejects(session.load(folder), isError("unreadable", /a saved conversation/));
    session.dispose();
  });
});

test("more dropped exchanges than there are count as none", async () => {
  const many = transcript.toString().replace('"droppedExchanges": 0', '"droppedExchanges": 99');
  const { answer } = await resume(copy("dropped", cache, many));
  assert.equal(answer.text, next.text);
});

test("an empty conversation can be saved, and one that was cleared", async () => {
  const session = await talk();
  session.clear();
  const file = join(folder, "cleared.json");
  await session.save(file);
  session.setSystem("other");
  assert.deepEqual(await session.load(file), { restored: "cache" });
  assert.deepEqual([session.messages, session.system], [[], "be kind"]);
  session.dispose();
  const empty = await llama.createChat({});
  await empty.save(file);
  assert.deepEqual(await empty.load(file), { restored: "cache" });
  assert.equal(empty.position, 0);
  empty.dispose();
});

test("what cannot be written is an error in words, and leaves no file", async () => {
  const session = await talk();
  const nowhere = join(folder, "nowhere", "chat.json");
  await assert.rejects(session.save(nowhere), isError("unwritable", /There is no folder/));
  const taken = join(folder, "taken");
  mkdirSync(join(taken, "chat.json", "x"), { recursive: true });
  await assert.rejects(session.save(join(taken, "chat.json")), isError("unwritable"));
  assert.deepEqual(readdirSync(taken), ["chat.json"]);
  await collect(session.send("go on", OPTIONS));
  session.dispose();
});

test("a file in the cache's place that is no cache is left alone", async () => {
  const session = await talk();
  const file = join(folder, "notes");
  writeFileSync(`${file}.kv`, "precious");
  await assert.rejects(session.save(file), isError("unwritable", /notes\.kv already exists and is not the KV cache/));
  assert.equal(readFileSync(`${file}.kv`, "utf8"), "precious");
  assert.ok(!existsSync(file), "nor is the transcript written without it");
  for (const replaceable of [cache, cache.subarray(0, 3), Buffer.alloc(0), withHead(() => undefined)]) {
    writeFileSync(`${file}.kv`, replaceable);
    await session.save(file);
  }
  mkdirSync(join(folder, "place.kv"));
  await assert.rejects(session.save(join(folder, "place")), isError("unwritable", /place\.kv already exists/));
  session.dispose();
});

test("nothing is said while the conversation is being saved", async () => {
  const session = await talk();
  const saving = session.save(join(folder, "busy.json"));
  await assert.rejects(async () => collect(session.send("x", OPTIONS)), isError("option"));
  await saving;
  await collect(session.send("x", OPTIONS));
  session.dispose();
});
