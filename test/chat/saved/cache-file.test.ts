import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Llama } from "#dist/llama.js";
import type { LoadOptions } from "#dist/load-options.js";
import { collect, folder, llama, metadata, OPTIONS, path } from "../../helpers/chats.js";
import { fixtureModel, writeFixture } from "../../helpers/model-fixture.js";
import { cache, copy, headOf, next, resume, saved, talk, withHead } from "../../helpers/saved-chat.js";

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
    writeFixture(other, fixtureModel({ contextLength: 512, metadata, seed: 2 }));
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
    const many = withHead((head) => Object.assign(head, { spare: new Array(100_000).fill([]) }));
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
