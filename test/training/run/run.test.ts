import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { corpusSample } from "../../../training/corpus/sample.js";
import { streamNamed } from "../../../training/data/documents.js";
import { learnVocabulary, tokenizerOf } from "../../../training/data/vocabulary.js";
import { heldOutLoss, type RunOptions, train } from "../../../training/run/run.js";
import { trainStage, type Watch } from "../../../training/run/train-stage.js";
import { streamStage } from "../../../training/stages/language.js";
import { learningRate } from "../../../training/stages/schedule.js";
import type { Stage } from "../../../training/stages/stage.js";
import { temporaryFolder } from "../../helpers/temporary.js";
import { randomBatch, SMALL_SHAPE, SmallNetwork } from "../network/fixture.js";

const folder = temporaryFolder();
const pieces = learnVocabulary(corpusSample(1, 300), 400);

const OPTIONS: Omit<RunOptions, "checkpoint"> = {
  shape: { ...SMALL_SHAPE, vocabularySize: 400, contextLength: 512 },
  pieces,
  seed: 3,
  shardTokens: 400,
  workers: 2,
  checkpointEvery: 3,
  stages: [
    streamStage("pretraining", { steps: 5, rate: 1e-2, warmup: 2, floor: 0.1 }),
    streamStage("tuning", { steps: 4, rate: 5e-3, warmup: 1, floor: 0.1 }, { from: 7 }),
  ],
};

/** Trains to the end, stopping after every step in `stops`; returns the parameters and the losses. */
async function parametersAfter(name: string, options: Partial<RunOptions>, stops: readonly number[] = []) {
  const losses: number[] = [];
  const waiting = [...stops];
  for (;;) {
    const stop = new AbortController();
    const onStep = ({ loss }: { loss: number }) => {
      losses.push(loss);
      if (losses.length === waiting[0]) {
        waiting.shift();
        stop.abort();
      }
    };
    const checkpoint = join(folder, name);
    const { team, finished } = await train({ ...OPTIONS, ...options, checkpoint, onStep, signal: stop.signal });
    const values = team.state.values.slice();
    await team.dispose();
    if (finished) return { values, losses };
  }
}

describe("a training run", () => {
  it("gives the same parameters, bit for bit, however often it was stopped and with however many workers", async () => {
    const whole = await parametersAfter("whole", {});
    const stopped = await parametersAfter("stopped", {}, [2, 5, 7]);
    assert.deepEqual(stopped.losses, whole.losses);
    assert.deepEqual(stopped.values, whole.values);
    const alone = await parametersAfter("alone", { workers: 1 });
    assert.deepEqual(alone.values, whole.values);
  });

  it("is the same where the model is looked at on the way, however often", async () => {
    const [first] = OPTIONS.stages as readonly [Stage];
    const looked: number[] = [];
    const run = async (name: string, watch?: Watch) => {
      const { stages: _, checkpointEvery: _every, ...context } = OPTIONS;
      const values = await trainStage(
        { ...context, directory: folder, onProgress: () => {} },
        name,
        first,
        undefined,
        watch,
      );
      const log = readFileSync(join(folder, `${name}.log.jsonl`), "utf8");
      return { values, log };
    };
    const watch: Watch = {
      every: 2,
      async look(team, steps) {
        looked.push(steps);
        assert.ok((await heldOutLoss(team, streamNamed("tuning"), 1)) > 0);
      },
    };
    assert.deepEqual(await run("watched", watch), await run("unwatched"));
    assert.deepEqual(looked, [2, 4, 5]);
  });

  it("goes on with the parameters where a stage has a context and a theta of its own", async () => {
    const [first, second] = OPTIONS.stages as readonly [Stage, Stage];
    const longer = { ...second, shape: { contextLength: 1024, ropeTheta: 1e6 }, shardTokens: 800 };
    const stages = [first, longer];
    const whole = await parametersAfter("longer", { stages });
    const stopped = await parametersAfter("longer, stopped", { stages, workers: 1 }, [3, 6]);
    assert.deepEqual(stopped, whole);
    const start = (await parametersAfter("first", { stages: [first] })).values;
    const apart = await parametersAfter("second", { stages: [longer], start });
    assert.deepEqual(apart.values, whole.values);
    await assert.rejects(parametersAfter("second", { stages: [longer] }), /another recipe/);
  });

  it("refuses a checkpoint of another recipe, and one that is damaged", async () => {
    await parametersAfter("mine", {});
    const checkpoint = join(folder, "mine");
    await assert.rejects(train({ ...OPTIONS, seed: 4, checkpoint }), /another recipe/);
    const bytes = readFileSync(checkpoint);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(checkpoint, bytes);
    await assert.rejects(train({ ...OPTIONS, checkpoint }), /damaged/);
  });

  it("learns: two layers learn one batch by heart", () => {
    const network = new SmallNetwork(SMALL_SHAPE, 64);
    const batch = randomBatch(SMALL_SHAPE, [20, 30]);
    batch.weights.fill(1);
    const first = network.loss(batch) / batch.tokens;
    const velocity = new Float32Array(network.layout.size);
    const square = new Float32Array(network.layout.size);
    for (let step = 1; step <= 250; step++) {
      network.lossAndGradients(batch);
      for (let i = 0; i < velocity.length; i++) {
        const gradient = (network.gradients[i] as number) / batch.tokens;
        velocity[i] = 0.9 * (velocity[i] as number) + 0.1 * gradient;
        square[i] = 0.99 * (square[i] as number) + 0.01 * gradient * gradient;
        const mean = (velocity[i] as number) / (1 - 0.9 ** step);
        const scale = Math.sqrt((square[i] as number) / (1 - 0.99 ** step)) + 1e-8;
        network.parameters[i] = (network.parameters[i] as number) - (0.01 * mean) / scale;
      }
    }
    const last = network.loss(batch) / batch.tokens;
    assert.ok(first > 3 && last < 0.05, `from ${first} to ${last}`);
  });
});

describe("the learning rate", () => {
  it("rises to its highest and falls to its floor", () => {
    const schedule = { steps: 100, rate: 1, warmup: 10, floor: 0.1 };
    assert.equal(learningRate(schedule, 0), 0.1);
    assert.equal(learningRate(schedule, 9), 1);
    assert.equal(learningRate(schedule, 10), 1);
    assert.ok(Math.abs(learningRate(schedule, 99) - 0.1) < 1e-12);
    for (let step = 11; step < 100; step++) assert.ok(learningRate(schedule, step) < learningRate(schedule, step - 1));
  });
});

describe("the vocabulary", () => {
  it("has as many pieces as asked for, and spells every text of the corpus without bytes", () => {
    const tokenizer = tokenizerOf(pieces);
    assert.equal(tokenizer.size, 400);
    for (const text of corpusSample(1, 50)) {
      const ids = tokenizer.encode(text, { addBos: false });
      assert.ok(
        ids.every((id) => id > 258),
        text,
      );
      assert.equal(tokenizer.decode(ids).trimStart(), text);
    }
  });

  it("falls back to bytes for what it never saw", () => {
    const tokenizer = tokenizerOf(pieces);
    assert.equal(tokenizer.decode(tokenizer.encode("Grüße, 世界!", { addBos: false })).trimStart(), "Grüße, 世界!");
  });

  it("joins neither digits nor words", () => {
    for (const { text, type } of pieces.filter((piece) => piece.type === 1)) {
      assert.ok(!/\d./.test(text) && !/.[▁]/.test(text) && !/\p{L}[^\p{L}]/u.test(text), `${text} ${type}`);
    }
  });
});
