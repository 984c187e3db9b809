import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { corpusSample } from "../../../training/corpus/sample.js";
import { learnVocabulary, tokenizerOf } from "../../../training/data/vocabulary.js";
import type { PathContext } from "../../../training/rlhf/context.js";
import { HeldOutGold } from "../../../training/rlhf/held-out-gold.js";
import { RLHF_RECIPE } from "../../../training/rlhf/recipe.js";
import type { Team } from "../../../training/run/team.js";
import type { Prompt, Sample } from "../../../training/sampling/sampler.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const { shape, seed, shardTokens, policy } = RLHF_RECIPE;
const pieces = learnVocabulary(corpusSample(1, 300), 400);
const tokenizer = tokenizerOf(pieces);
const directory = temporaryFolder();
const context: PathContext = {
  recipe: { ...RLHF_RECIPE, policy: { ...policy, lookedAt: 8 } },
  pieces,
  tokenizer,
  shape,
  seed,
  shardTokens,
  workers: 1,
  directory,
  onProgress() {},
};

/** A policy of which the first `good` answers are tidy nonsense, and the others nothing at all. */
function answering(good: number): Team {
  const eos = tokenizer.eosId as number;
  const said = [...tokenizer.encode("That is so.", { addBos: false }), eos];
  const sample = async (prompts: readonly Prompt[]): Promise<Sample[]> =>
    prompts.map((_, i) => ({ ids: i < good ? said : [eos], ended: true, logProbabilities: [] }) as unknown as Sample);
  return { sample } as unknown as Team;
}

test("a policy has fallen when its answers got worse twice in a row, not when they did once", async () => {
  const gold = new HeldOutGold(context, "once", 0);
  const seen: boolean[] = [];
  for (const [i, good] of [4, 2, 7, 3, 1].entries()) {
    await gold.look(answering(good), i + 1);
    seen.push(gold.hasFallen);
  }
  assert.deepEqual(seen, [false, false, false, false, true]);
  assert.equal(gold.best, 3);
});

test("what was seen after the last checkpoint is forgotten, and seen again", async () => {
  const gold = new HeldOutGold(context, "resumed", 0);
  assert.equal(gold.best, undefined);
  await gold.look(answering(8), 20);
  await gold.look(answering(4), 40);
  const path = join(directory, "resumed.gold.jsonl");
  const text = readFileSync(path, "utf8");
  appendFileSync(path, '{"iteration":60,"gold":0}\n');
  const resumed = new HeldOutGold(context, "resumed", 40);
  assert.equal(readFileSync(path, "utf8"), text);
  await resumed.look(answering(0), 60);
  assert.deepEqual([resumed.hasFallen, resumed.best], [true, 20]);
  writeFileSync(path, "");
  const anew = new HeldOutGold(context, "resumed", 60);
  await anew.look(answering(1), 80);
  assert.deepEqual([anew.hasFallen, anew.best], [false, 80]);
});
