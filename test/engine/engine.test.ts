import assert from "node:assert/strict";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Engine } from "#dist/engine/engine.js";
import { LlamaError } from "#dist/errors.js";
import { openGguf } from "#dist/gguf/open.js";
import { collectGarbage } from "#dist/platform/node/collect-garbage.js";
import { loadEngine, withEngine } from "../helpers/engine.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const path = join(folder, "model.gguf");
writeFixture(path, fixtureModel({ layers: 3 }));

const prompt = Array.from({ length: 100 }, (_, i) => i + 3);

function hasCode(code: string) {
  return (error: unknown) => error instanceof LlamaError && error.code === code;
}

test("sessions do not disturb each other, also when their calls overlap", async () => {
  await withEngine(path, { threads: 2 }, async (engine) => {
    const alone = await engine.evaluate(engine.createCache(), prompt.slice(0, 20));
    const caches = [engine.createCache(), engine.createCache(), engine.createCache()];
    const together = await Promise.all(caches.map((cache, i) => engine.evaluate(cache, prompt.slice(i, i + 20))));
    assert.deepEqual(together[0], alone);
    assert.notDeepEqual(together[1], alone);
  });
});

test("a released cache is used again and starts empty", async () => {
  await withEngine(path, {}, async (engine) => {
    const first = engine.createCache();
    const logits = await engine.evaluate(first, prompt);
    engine.releaseCache(first);
    engine.releaseCache(first);
    const second = engine.createCache();
    assert.deepEqual(second.addresses, first.addresses);
    assert.notDeepEqual(engine.createCache().addresses, second.addresses);
    assert.equal(second.length, 0);
    assert.deepEqual(await engine.evaluate(second, prompt), logits);
  });
});

test("a rewound cache goes on as if the tokens had never been", async () => {
  await withEngine(path, {}, async (engine) => {
    const cache = engine.createCache();
    await engine.evaluate(cache, prompt.slice(0, 10));
    const wanted = await engine.evaluate(cache, [42]);
    cache.length = 10;
    await engine.evaluate(cache, [7, 8, 9]);
    cache.length = 10;
    assert.deepEqual(await engine.evaluate(cache, [42]), wanted);
  });
});

test("progress of a prompt rises to the end, and is told after every batch", async () => {
  await withEngine(path, { batchSize: 30 }, async (engine) => {
    const seen: number[] = [];
    await engine.evaluate(engine.createCache(), prompt, { onProgress: (done) => seen.push(done) });
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
    for (const done of [0.3, 0.6, 0.9, 1]) assert.ok(seen.includes(done), `${seen}`);
  });
});

test("progress of a load ends with all of it", async () => {
  const seen: number[] = [];
  const options = { contextSize: 64, batchSize: 8, cacheTypes: { key: "f16", value: "f16" } } as const;
  const engine = await Engine.load(openGguf(path), options, { onProgress: (done) => seen.push(done) });
  await engine.dispose();
  assert.equal(seen.at(-1), 1);
});

test("an aborted prompt leaves whole batches, and the engine goes on", async () => {
  await withEngine(path, { batchSize: 8, threads: 2 }, async (engine) => {
    const cache = engine.createCache();
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = (done: number) => {
      if (done >= 0.4) controller.abort(reason);
    };
    await assert.rejects(
      engine.evaluate(cache, prompt, { signal: controller.signal, onProgress }),
      (error) => error === reason,
    );
    assert.ok(cache.length >= 32 && cache.length < 100, `${cache.length} tokens`);
    assert.equal(cache.length % 8, 0);
    const fresh = engine.createCache();
    const wanted = await engine.evaluate(fresh, prompt);
    cache.length = 0;
    assert.deepEqual(await engine.evaluate(cache, prompt), wanted);
  });
});

test("an aborted signal stops a call, and a load, before it begins", async () => {
  const signal = AbortSignal.abort(new Error("before"));
  await withEngine(path, {}, async (engine) => {
    await assert.rejects(engine.evaluate(engine.createCache(), prompt, { signal }), /before/);
  });
  const options = { contextSize: 64, batchSize: 8, cacheTypes: { key: "f16", value: "f16" } } as const;
  await assert.rejects(Engine.load(openGguf(path), options, { signal }), /before/);
});

test("tokens that do not fit or do not exist are refused", async () => {
  await withEngine(path, { contextSize: 16 }, async (engine) => {
    const cache = engine.createCache();
    await assert.rejects(engine.evaluate(cache, []), hasCode("option"));
    await assert.rejects(engine.evaluate(cache, [1, 292]), hasCode("option"));
    await assert.rejects(engine.evaluate(cache, [-1]), hasCode("option"));
    await assert.rejects(engine.evaluate(cache, [1.5]), hasCode("option"));
    await assert.rejects(engine.evaluate(cache, prompt.slice(0, 17)), hasCode("context"));
    await engine.evaluate(cache, prompt.slice(0, 16));
    await assert.rejects(engine.evaluate(cache, [1]), hasCode("context"));
  });
});

test("calls under way and later ones are rejected when the engine is disposed of", async () => {
  const engine = await loadEngine(path, { threads: 2 });
  const cache = engine.createCache();
  const underWay = engine.evaluate(cache, prompt);
  const queued = engine.evaluate(cache, prompt);
  await Promise.all([
    assert.rejects(underWay, hasCode("disposed")),
    assert.rejects(queued, hasCode("disposed")),
    engine.dispose(),
  ]);
  await assert.rejects(engine.evaluate(cache, prompt), hasCode("disposed"));
  await engine.dispose();
});

test("a file that has become shorter since it was opened is refused", async () => {
  const short = join(folder, "short.gguf");
  writeFixture(short, fixtureModel());
  const file = openGguf(short);
  truncateSync(short, file.size - 1000);
  const options = { contextSize: 64, batchSize: 8, threads: 2, cacheTypes: { key: "f16", value: "f16" } } as const;
  await assert.rejects(Engine.load(file, options), hasCode("format"));
});

test("a context larger than the machine is refused with the sizes", async () => {
  await assert.rejects(loadEngine(path, { contextSize: 2 ** 40, maxBankBytes: 2 ** 60 }), (error: unknown) => {
    return error instanceof LlamaError && error.code === "memory" && /KV cache/.test(error.message);
  });
  await assert.rejects(loadEngine(path, { contextSize: 2 ** 24 }), hasCode("memory"));
});

test("an engine that was disposed of lets its memory go, also while it is held", async () => {
  const made: WeakRef<WebAssembly.Memory>[] = [];
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: ConstructorParameters<typeof Memory>[0]) {
      super(descriptor);
      made.push(new WeakRef(this));
    }
  };
  const engine = await loadEngine(path, { threads: 2 }).finally(() => {
    WebAssembly.Memory = Memory;
  });
  const cache = engine.createCache();
  await engine.evaluate(cache, prompt);
  collectGarbage();
  assert.ok(made.filter((memory) => memory.deref() !== undefined).length >= engine.banks);
  await engine.dispose();
  for (let tries = 0; tries < 100 && made.some((memory) => memory.deref() !== undefined); tries++) {
    await wait(20);
    collectGarbage();
  }
  assert.ok(made.every((memory) => memory.deref() === undefined));
  await assert.rejects(engine.evaluate(cache, prompt), hasCode("disposed"));
  assert.throws(() => engine.createCache(), hasCode("disposed"));
});

test("caches of different lengths are used side by side, each refused at its own end", async () => {
  await withEngine(path, { contextSize: 64, threads: 2 }, async (engine) => {
    const [short, long, usual] = [engine.createCache(10), engine.createCache(100), engine.createCache()];
    const wanted = await engine.evaluate(usual, prompt.slice(0, 10));
    const [found, beyond] = await Promise.all([
      engine.evaluate(short, prompt.slice(0, 10)),
      engine.evaluate(long, prompt),
    ]);
    assert.deepEqual(found, wanted);
    assert.ok(beyond.every(Number.isFinite));
    for (const cache of [short, long]) await assert.rejects(engine.evaluate(cache, [5]), hasCode("context"));
    await engine.evaluate(usual, prompt.slice(10, 64));
    await assert.rejects(engine.evaluate(usual, [5]), hasCode("context"));
  });
});

test("releasing a cache at work rejects what it waits for, and its place is used again only afterwards", async () => {
  await withEngine(path, { batchSize: 8, threads: 2 }, async (engine) => {
    const alone = await engine.evaluate(engine.createCache(), prompt);
    const cache = engine.createCache();
    const other = engine.createCache();
    const calls = [engine.evaluate(cache, prompt), engine.evaluate(cache, [5])];
    const untouched = engine.evaluate(other, prompt);
    await new Promise(setImmediate);
    engine.releaseCache(cache);
    const next = engine.createCache();
    for (const call of calls) await assert.rejects(call, hasCode("disposed"));
    assert.deepEqual(await Promise.all([untouched, engine.evaluate(next, prompt)]), [alone, alone]);
  });
});

test("work on a cache's memory that has begun is let finish before the memory goes", async () => {
  const engine = await loadEngine(path);
  const cache = engine.createCache();
  await engine.evaluate(cache, prompt);
  let bytes = 0;
  const use = engine.useCacheRows(cache, prompt.length, async (rows) => {
    for (const row of rows) {
      await wait(1);
      bytes += row.length;
    }
  });
  await wait(0);
  await engine.dispose();
  await use;
  const { layers, kvHeads, keyRow, valueRow } = engine.cacheShape;
  assert.equal(bytes, layers * kvHeads * (keyRow + valueRow) * prompt.length);
});
