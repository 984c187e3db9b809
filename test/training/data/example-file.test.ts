import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import type { Batch } from "../../../training/data/batch.js";
import {
  type Example,
  exampleFile,
  type RankedPair,
  stepsOfEpoch,
  writeExamples,
} from "../../../training/data/example-file.js";
import { type BatchSource, openSource } from "../../../training/data/source.js";
import { temporaryFolder } from "../../helpers/temporary.js";
import { SMALL_SHAPE } from "../network/fixture.js";

const directory = temporaryFolder();
const random = new Random(1);
/** The first id says which one it is. */
const EXAMPLES: Example[] = Array.from({ length: 100 }, (_, i) => {
  const length = 3 + Math.floor(random.nextFloat() * 20);
  return { ids: [i, ...Array.from({ length }, () => 7)], from: 2 };
});
const PAIRS: RankedPair[] = Array.from({ length: 30 }, (_, i) => ({
  chosen: [i, 3, 2],
  rejected: [100 + i, 4, 4, 2],
  margin: i / 30,
  safe: [1, i % 2],
}));
const context = { pieces: [], shape: SMALL_SHAPE, shardTokens: 60, directory };
writeExamples(join(directory, "examples.jsonl"), EXAMPLES);
writeExamples(join(directory, "pairs.jsonl"), PAIRS);

/** The first ids of an epoch's documents, in order. */
function read(batchAt: BatchSource, steps: number, from: number): number[] {
  const batches: Batch[] = [];
  for (let step = from; step < from + steps; step++) {
    for (let shard = 0; shard < 4; shard++) batches.push(batchAt({ seed: 5, step, shard }));
  }
  return batches.flatMap(({ ids, documents }) => documents.map(({ start }) => ids[start] as number));
}

describe("a file of examples", () => {
  it("is read once an epoch, whole, in another order each time, and the same from any place on", async () => {
    const batchAt = await openSource(exampleFile("examples", directory, "examples.jsonl"), context);
    const steps = stepsOfEpoch("examples", join(directory, "examples.jsonl"), 60, 5);
    assert.ok(steps > 3);
    const all = EXAMPLES.map((_, i) => i);
    const epochs = [0, 1, 2].map((epoch) => read(batchAt, steps, epoch * steps));
    const sorted = (list: readonly number[]) => [...list].sort((a, b) => a - b);
    assert.deepEqual(sorted(epochs[0] as number[]), all);
    assert.notDeepEqual(epochs[0], all);
    assert.notDeepEqual(epochs[1], epochs[0]);
    const again = await openSource(exampleFile("examples", directory, "examples.jsonl"), context);
    assert.deepEqual(read(again, steps, 2 * steps), epochs[2]);
    const batch = batchAt({ seed: 5, step: 0, shard: 0 });
    // What is learned is what comes behind the prompt.
    for (const { start, length } of batch.documents) {
      assert.deepEqual(
        Array.from(batch.weights.subarray(start, start + length)),
        Array.from({ length }, (_, i) => (i === 0 ? 0 : 1)),
      );
    }
  });

  it("of pairs keeps both answers together, judged at their last tokens", async () => {
    const batchAt = await openSource(exampleFile("pairs", directory, "pairs.jsonl"), context);
    const batch = batchAt({ seed: 5, step: 0, shard: 0 });
    assert.ok(batch.documents.length > 4 && batch.documents.length % 2 === 0);
    assert.equal(batch.totalWeight, batch.documents.length / 2);
    for (let i = 0; i < batch.documents.length; i += 2) {
      const [chosen, rejected] = [batch.documents[i], batch.documents[i + 1]] as [
        { start: number; length: number },
        { start: number; length: number },
      ];
      const pair = PAIRS[batch.ids[chosen.start] as number] as RankedPair;
      assert.equal(batch.ids[rejected.start], pair.rejected[0]);
      assert.deepEqual([chosen.length, rejected.length], [pair.chosen.length, pair.rejected.length]);
      const [end, otherEnd] = [chosen.start + 2, rejected.start + 3];
      assert.equal(batch.ids[end], 2);
      assert.equal(batch.weights[end], 1);
      assert.equal(batch.weights[otherEnd], 0);
      assert.equal(batch.signals[0]?.[end], Math.fround(pair.margin));
      assert.deepEqual([batch.signals[1]?.[end], batch.signals[1]?.[otherEnd]], pair.safe);
    }
  });

  it("that was changed is refused", async () => {
    const source = exampleFile("examples", directory, "examples.jsonl");
    writeExamples(join(directory, "examples.jsonl"), EXAMPLES.slice(1));
    await assert.rejects(openSource(source, context), /not those that this stage was begun with/);
  });
});
