import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Llama } from "#dist/llama.js";
import { measureCode } from "../../../training/code/evaluate/all.js";
import { finish } from "../../../training/code/finish.js";
import {
  exportCodeModel,
  type TrainedModels,
  trainAblations,
  trainCode,
  withExported,
} from "../../../training/code/pipeline.js";
import { CODE_RECIPE, type CodeRecipe, codeVocabulary } from "../../../training/code/recipe.js";
import type { RunContext } from "../../../training/code/run-stage.js";
import { selfInstruct } from "../../../training/code/self-instruct.js";
import { isWhole } from "../../helpers/long.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const schedule = { steps: 3, rate: 1e-3, warmup: 1, floor: 0.1 };
const { start: _, ...beginsAtRandom } = CODE_RECIPE;
const recipe: CodeRecipe = {
  ...beginsAtRandom,
  shape: { ...CODE_RECIPE.shape, vocabularySize: 512, dim: 32, layers: 1, heads: 1, kvHeads: 1, hiddenDim: 32 },
  longShardTokens: 640,
  longContext: 640,
  vocabularyTexts: 200,
  pretraining: schedule,
  long: schedule,
  tuning: schedule,
  questions: 2,
  samples: 1,
  evaluation: {
    gaps: isWhole ? 2 : 1,
    keys: 1,
    keyLengths: [120],
    problems: 1,
    samples: 2,
    lossSteps: 1,
    lossEvery: 2,
    programs: 4,
  },
};
const said: string[] = [];
const context: RunContext = {
  recipe,
  pieces: codeVocabulary(recipe),
  directory: temporaryFolder(),
  workers: 2,
  say: (line) => said.push(line),
};

describe("the run of the code model, at a size of nothing", () => {
  let models: TrainedModels;

  it("goes through every stage, and begins no stage anew that is done", async () => {
    // A model of three steps answers no question by itself.
    const instruction = { question: "Write one.", answer: "function one() {\n  return 1;\n}\n" };
    const given = { instructions: [instruction], questions: 1, samples: 1 };
    writeFileSync(join(context.directory, "instructions.json"), JSON.stringify(given));
    models = await trainCode(context);
    const { pretrained, long, tuned } = models;
    assert.equal(pretrained.shape.contextLength, 512);
    for (const { shape } of [long, tuned]) {
      assert.equal(shape.contextLength, 640);
      assert.equal(shape.ropeTheta, 1e6);
    }
    for (const [before, after] of [
      [pretrained, long],
      [long, tuned],
    ] as const) {
      assert.notDeepEqual(after.values, before.values);
      assert.ok(after.values.every(Number.isFinite));
    }
    const written = statSync(join(context.directory, "tuning.bin")).mtimeMs;
    assert.deepEqual(await trainCode(context), models);
    assert.equal(statSync(join(context.directory, "tuning.bin")).mtimeMs, written);
  });

  it("says so where it was stopped, and goes on", async () => {
    const stop = new AbortController();
    stop.abort();
    const directory = temporaryFolder();
    await assert.rejects(trainCode({ ...context, directory, signal: stop.signal }), /Stopped in pretraining/);
    assert.ok(existsSync(join(directory, "pretraining.bin")));
  });

  it("asks the model itself, and keeps nothing that does not pass", async () => {
    const asked = withExported(context, models.long, "F32", (llama) => selfInstruct(llama, recipe, context.say));
    await assert.rejects(asked, /answered none of 2 questions/);
  });

  it("writes a file that fills in gaps, which the product's metadata say", async () => {
    const path = join(context.directory, "model.gguf");
    exportCodeModel(path, context, models.tuned, "Q8_0");
    const llama = await Llama.load(path);
    assert.equal(llama.contextSize, 640);
    assert.equal(llama.config.rope.base, 1e6);
    assert.deepEqual(llama.notes, []);
    const { infill, eotId } = llama.tokenizer;
    assert.deepEqual([infill?.prefixId, infill?.suffixId, infill?.middleId, eotId], [508, 509, 510, 511]);
    const generation = llama.infill({ prefix: "function f(", suffix: ") {}" }, { temperature: 0, maxTokens: 4 });
    for await (const _ of generation);
    assert.equal(generation.promptTokens[0], llama.tokenizer.bosId);
    assert.equal(generation.promptTokens[1], 508);
    await llama.dispose();
  });

  it("measures all that the card has, once", async () => {
    const ablations = await trainAblations(context, models);
    const figures = await measureCode(context, models, ablations);
    assert.equal(figures.gaps.length, 3 * (2 + 12) + 6 + (2 + 12));
    assert.equal(figures.keys.length, 4);
    assert.equal(figures.passes.length, 8);
    assert.ok(figures.losses.every(({ heldOut, unseen }) => heldOut > 3 && unseen > 3));
    await finish(context, models, ablations, context.directory);
    const card = readFileSync(join(context.directory, "tiny-code-llama.md"), "utf8");
    assert.doesNotMatch(card, /undefined|NaN|Infinity/);
    assert.match(card, /\| tuned +\| random span +\| SPM +\| itself +\| 0\.0 % \(0\.0 % to [\d.]+ %\) \| 0\.0 % /);
    const plot = readFileSync(join(context.directory, "tiny-code-llama-keys.svg"), "utf8");
    assert.match(plot, /Over all places, pretrained: [\d.]+ %/);
    assert.match(card, /\| 2 +\| \d+\.\d{4} +\| \d+\.\d{4} +\| [+-]\d+\.\d+ % +\|\n\| 3 /);
    const curve = readFileSync(join(context.directory, "tiny-code-llama-loss.svg"), "utf8");
    assert.match(curve, /At the end \d\.\d{3} with gaps and \d\.\d{3} without/);
    const before = said.length;
    assert.deepEqual(await measureCode(context, models, ablations), figures);
    assert.ok(said.slice(before).every((line) => line.startsWith("passes")));
    assert.ok(readFileSync(join(context.directory, "loss, tuned.json"), "utf8").length > 10);
  });
});
