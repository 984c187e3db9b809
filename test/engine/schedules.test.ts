/**
 * Whatever else is computed with a sequence, and however it is cut into batches, its logits are the same bit for bit.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Engine, EngineOptions } from "#dist/engine/engine.js";
import type { KvCache } from "#dist/engine/team/cache-store.js";
import { runnableBuilds } from "#dist/kernels/load.js";
import { withEngine } from "../helpers/engine.js";
import { inTurn, isLong } from "../helpers/long.js";
import { type FixtureShape, fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { seededRandom } from "../helpers/random.js";
import { temporaryFolder } from "../helpers/temporary.js";
import { argmax } from "../helpers/tolerance.js";

const folder = temporaryFolder();
const SEQUENCES = 8;
const ANSWER = 12;

const MODELS: readonly (Partial<FixtureShape> & { readonly what: string })[] = [
  { what: "Q8_0", type: "Q8_0" },
  { what: "Q4_0 with 4 KV heads of 4", type: "Q4_0", kvHeads: 4, headSize: 32, layers: 3 },
  { what: "a mixture in Q8_0", type: "Q8_0", experts: 4, expertsUsed: 2 },
  { what: "a mixture in F32, of whose experts one is used", type: "F32", experts: 3, expertsUsed: 1 },
  { what: "F32 with one KV head and biases", type: "F32", kvHeads: 1, biases: ["attention", "feedForward"] },
];

interface Answer {
  readonly ids: readonly number[];
  readonly logits: readonly Float32Array[];
}

/** Greedy tokens with the logits that each was chosen by; `pause` may let others go first. */
async function answer(
  engine: Engine,
  cache: KvCache,
  prompt: readonly number[],
  cut: () => number = () => prompt.length,
  pause: () => Promise<void> = async () => {},
): Promise<Answer> {
  let logits: Float32Array = new Float32Array();
  for (let done = 0; done < prompt.length; ) {
    const count = Math.max(1, Math.min(prompt.length - done, cut()));
    logits = await engine.evaluate(cache, prompt.slice(done, done + count));
    done += count;
  }
  const ids: number[] = [];
  const all: Float32Array[] = [];
  for (;;) {
    all.push(logits);
    ids.push(argmax(logits));
    if (ids.length === ANSWER) return { ids, logits: all };
    await pause();
    logits = await engine.evaluate(cache, ids.slice(-1));
  }
}

for (const [index, { what, ...shape }] of MODELS.entries()) {
  const path = join(folder, `${what.replaceAll(" ", "-")}.gguf`);
  writeFixture(path, fixtureModel(shape));
  const random = seededRandom(11);
  const below = (n: number) => Math.floor(random() * n);
  const prompts = Array.from({ length: SEQUENCES }, () => Array.from({ length: 1 + below(60) }, () => below(290)));
  const options: Partial<EngineOptions> = {
    contextSize: 128,
    batchSize: 32,
    cacheTypes: { key: "f16", value: "q8_0" },
  };

  for (const kernels of inTurn(runnableBuilds(), index)) {
    test(`${what}, ${kernels}: eight sequences at once, forked, cut and aborted at random, answer as alone`, async () => {
      const alone = await withEngine(path, { ...options, kernels, threads: 1 }, async (engine) => {
        const answers: Answer[] = [];
        for (const prompt of prompts) answers.push(await answer(engine, engine.createCache(), prompt));
        return answers;
      });
      for (const threads of isLong ? [1, 2, 3] : inTurn([1, 3], index)) {
        await withEngine(path, { ...options, kernels, threads }, async (engine) => {
          const pause = async () => {
            for (let turns = below(4); turns > 0; turns--) await new Promise(setImmediate);
          };
          const check = (found: Answer, index: number, which: string) => {
            assert.deepEqual(found.ids, alone[index]?.ids, `${which} ${index}, ${threads} threads`);
            assert.deepEqual(found.logits, alone[index]?.logits, `${which} ${index}, ${threads} threads`);
          };
          const run = async (prompt: readonly number[], index: number) => {
            await pause();
            const cache = engine.createCache(100 + below(60));
            const shared = below(prompt.length);
            if (shared > 0) await engine.evaluate(cache, prompt.slice(0, shared));
            const fork = engine.forkCache(cache);
            const doomed = engine.createCache(90);
            const controller = new AbortController();
            const aborted = assert.rejects(
              async () => {
                for (;;) {
                  doomed.length = 0;
                  await engine.evaluate(doomed, prompt, { signal: controller.signal });
                }
              },
              { message: "enough" },
            );
            const rest = prompt.slice(shared);
            const both = [cache, fork].map((each) => answer(engine, each, rest, () => 1 + below(20), pause));
            await pause();
            controller.abort(new Error("enough"));
            await aborted;
            for (const [which, found] of (await Promise.all(both)).entries())
              check(found, index, which === 0 ? "sequence" : "fork");
            for (const each of [cache, fork, doomed]) engine.releaseCache(each);
          };
          await Promise.all(prompts.map(run));
        });
      }
    });
  }
}

test("a cache that wraps round behind a window gives the logits of one that keeps everything", async () => {
  const path = join(folder, "window.gguf");
  writeFixture(path, fixtureModel({ architecture: "mistral", window: 40, headSize: 32, contextLength: 256 }));
  const random = seededRandom(3);
  const tokens = Array.from({ length: 200 }, () => Math.floor(random() * 290));
  const options = { contextSize: 256, threads: 2, cacheTypes: { key: "f16", value: "f16" } } as const;
  const whole = await withEngine(path, { ...options, batchSize: 256 }, async (engine) => {
    const cache = engine.createCache();
    assert.equal(cache.rows, 256);
    const logits = [await engine.evaluate(cache, tokens), await engine.evaluate(cache, [5])];
    assert.ok([0, 50, 201].every((position) => engine.canRewind(cache, position)));
    return logits;
  });
  await withEngine(path, { ...options, batchSize: 16 }, async (engine) => {
    const cache = engine.createCache();
    assert.equal(cache.rows, 64);
    assert.ok(engine.memory.cache < 256 * 2 * 2 * 2 * 68);
    const found = await engine.evaluate(cache, tokens);
    const fork = engine.forkCache(cache);
    assert.deepEqual([found, await engine.evaluate(cache, [5])], whole);
    assert.deepEqual(await engine.evaluate(fork, [5]), whole[1]);
    // What a position sees must not have been written over.
    assert.deepEqual(
      [0, 50, 175, 176, 201].map((position) => engine.canRewind(cache, position)),
      [true, false, false, true, true],
    );
    cache.length = 176;
    const again = await engine.evaluate(cache, tokens.slice(176));
    assert.deepEqual([again, await engine.evaluate(cache, [5])], whole);
    await assert.rejects(
      engine.useCacheRows(cache, 10, async () => {}),
      { code: "context" },
    );
  });
});
