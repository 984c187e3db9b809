import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Engine } from "#dist/engine/engine.js";
import type { CacheTypes } from "#dist/engine/plan/cache-layout.js";
import type { KvCache } from "#dist/engine/team/cache-store.js";
import { withEngine } from "../helpers/engine.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const path = join(temporaryFolder(), "model.gguf");
writeFixture(path, fixtureModel({ layers: 4 }));
const PROMPT = Array.from({ length: 30 }, (_, i) => 3 + ((i * 37) % 250));

async function rowsOf(engine: Engine, cache: KvCache, positions: number): Promise<Uint8Array[]> {
  let copies: Uint8Array[] = [];
  await engine.useCacheRows(cache, positions, async (rows) => {
    copies = Array.from(rows, (row) => row.slice());
  });
  return copies;
}

for (const type of ["f32", "f16", "q8_0"] as const) {
  const cacheTypes: CacheTypes = { key: type, value: type };
  test(`a ${type} cache goes from one engine to another of other banks, context and threads`, async () => {
    const options = { cacheTypes, contextSize: 64, threads: 1 };
    const [rows, wanted] = await withEngine(path, options, async (engine) => {
      const cache = engine.createCache();
      await engine.evaluate(cache, PROMPT);
      const copies = await rowsOf(engine, cache, PROMPT.length);
      const { layers, kvHeads, keyRow, valueRow } = engine.cacheShape;
      const bytes = copies.reduce((sum, row) => sum + row.length, 0);
      assert.equal(copies.length, layers * kvHeads * 2);
      assert.equal(bytes, layers * kvHeads * (keyRow + valueRow) * PROMPT.length);
      assert.deepEqual(engine.cacheShape.types, cacheTypes);
      return [copies, await engine.evaluate(cache, [7])] as const;
    });
    const other = { ...options, contextSize: 100, batchSize: 8, threads: 2, maxBankBytes: 700_000 };
    const found = await withEngine(path, other, async (engine) => {
      assert.ok(engine.banks > 1, `${engine.banks} banks`);
      engine.createCache();
      const cache = engine.createCache();
      await engine.useCacheRows(cache, PROMPT.length, async (places) => {
        let index = 0;
        for (const place of places) place.set(rows[index++] as Uint8Array);
      });
      cache.length = PROMPT.length;
      return engine.evaluate(cache, [7]);
    });
    assert.deepEqual(found, wanted);
  });
}
