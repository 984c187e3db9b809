import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "#dist/random.js";
import { isWhole } from "../helpers/long.js";
import { readCorpus } from "./corpus.js";
import { below, mutate } from "./mutate.js";
import { TARGETS } from "./targets/index.js";

const MUTANTS = isWhole ? 300 : 40;

for (const target of TARGETS) {
  test(`${target.name}: what fuzzing once found, and mutants of it, break no promise`, async () => {
    const random = new Random(7);
    const inputs = [...target.seeds(), ...readCorpus(target).map(({ bytes }) => bytes)];
    assert.ok(inputs.length > 0);
    for (const input of inputs) await target.run(input);
    for (let i = 0; i < MUTANTS; i++) {
      const [one, other] = [inputs[below(random, inputs.length)], inputs[below(random, inputs.length)]];
      await target.run(mutate(one as Uint8Array, other as Uint8Array, target.words, random));
    }
  });
}
