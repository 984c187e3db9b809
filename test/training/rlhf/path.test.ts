import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Llama } from "#dist/llama.js";
import { corpusSample } from "../../../training/corpus/sample.js";
import { learnVocabulary, tokenizerOf } from "../../../training/data/vocabulary.js";
import { rlhfCard } from "../../../training/evaluation/card/rlhf-card.js";
import { judgeCriteria } from "../../../training/evaluation/criteria.js";
import type { PathContext } from "../../../training/rlhf/context.js";
import { walkPath } from "../../../training/rlhf/path.js";
import { publishPath } from "../../../training/rlhf/publish.js";
import { RLHF_RECIPE, type RlhfRecipe, recipeLines } from "../../../training/rlhf/recipe.js";
import { reportPath } from "../../../training/rlhf/report/report.js";
import { Stopped } from "../../../training/run/train-stage.js";
import { temporaryFolder } from "../../helpers/temporary.js";

/** Every part of the path at its smallest. */
const { clean: _, ...WHOLE } = RLHF_RECIPE;
const RECIPE: RlhfRecipe = {
  ...WHOLE,
  shape: {
    vocabularySize: 400,
    dim: 32,
    layers: 2,
    heads: 2,
    kvHeads: 1,
    headSize: 16,
    hiddenDim: 64,
    contextLength: 512,
    ropeTheta: 10000,
    normEpsilon: 1e-5,
  },
  shardTokens: 512,
  pretraining: { steps: 3, rate: 1e-2, warmup: 1, floor: 0.1 },
  // Long enough for answers to end now and then: what does not is not learned from.
  demonstrations: { steps: 40, rate: 1e-2, warmup: 1, floor: 0.1 },
  versions: 2,
  pairs: 12,
  prompts: 8,
  answers: 3,
  ghosts: 4,
  tuningEpochs: 1,
  longestAnswer: 24,
  longestPolicyAnswer: 12,
  longestInstructedAnswer: 8,
  policy: { ...RLHF_RECIPE.policy, iterations: 3, episodes: 16, minibatch: 8, lookedAt: 8, looksEvery: 1 },
  judged: 16,
  bestOf: [1, 2, 4],
  marginSeeds: 1,
};

const folder = temporaryFolder();
const pieces = learnVocabulary(corpusSample(1, 300), RECIPE.shape.vocabularySize);

function contextFor(name: string, workers: number, options: Partial<PathContext> = {}): PathContext {
  const directory = join(folder, name);
  mkdirSync(directory, { recursive: true });
  const { shape, seed, shardTokens } = RECIPE;
  const tokenizer = tokenizerOf(pieces);
  return {
    recipe: RECIPE,
    pieces,
    tokenizer,
    shape,
    seed,
    shardTokens,
    workers,
    directory,
    onProgress() {},
    ...options,
  };
}

/** Every file of the path that decides something, by its hash: logs are only read by people, and reports come later. */
function filesOf({ directory }: PathContext): Record<string, string> {
  const names = readdirSync(directory).filter((name) => !/\.log\.jsonl$|control|margins/.test(name));
  const hash = (name: string) =>
    createHash("sha256")
      .update(readFileSync(join(directory, name)))
      .digest("hex");
  return Object.fromEntries(names.sort().map((name) => [name, hash(name)]));
}

describe("the paper's whole path, at its smallest", () => {
  const whole = contextFor("whole", 2);

  it("makes every model, goes through all stages, and says what they are", async () => {
    const heard = new Set<string>();
    const result = await walkPath({ ...whole, onProgress: (name) => heard.add(name) });
    assert.equal(result.chats.length, RECIPE.versions + 2);
    for (const name of ["best-1", "best-2"]) {
      assert.notEqual(readFileSync(join(whole.directory, `${name}.jsonl`), "utf8"), "", `${name} is empty`);
    }
    for (const chat of result.chats) assert.ok(chat.every((value) => Number.isFinite(value)));
    for (const name of ["pretrained", "chat-0", "safety-1", "helpfulness-2", "best-2", "ghosts", "chat-2", "policy"]) {
      assert.ok(heard.has(name), `nothing was heard of ${name}`);
    }
    const report = await reportPath(whole, result);
    assert.equal(report.versions.length, result.chats.length);
    assert.equal(report.versions[0]?.wins.value, 0.5);
    assert.equal(report.versions[0]?.divergence.answer, 0);
    assert.ok((report.versions.at(-1)?.divergence.answer as number) > 0);

    assert.deepEqual(
      report.bestOfK.map(({ label }) => label),
      ["1", "2", "4"],
    );
    const proxies = report.bestOfK.map(({ proxy }) => proxy.value);
    assert.deepEqual(
      [...proxies].sort((a, b) => a - b),
      proxies,
    );

    assert.deepEqual(
      report.controls.map(({ name }) => name),
      ["control: the best by gold", "control: any answer"],
    );
    for (const { divergence } of report.controls) assert.ok(divergence.answer > 0);
    assert.deepEqual(
      report.margins.map(({ margins }) => margins),
      ["none", "small", "large"],
    );

    const missing = judgeCriteria(report.findings).filter(({ outcome }) => outcome === "not measured");
    // Of ratings that no pair got, versions that this recipe does not have, and a K that is too large for it.
    // And there is no clean model of its shape.
    const rest = /in the package|accuracy|rejection sampling [34]|up to the third|best of 16/;
    assert.deepEqual(
      missing.map(({ measure }) => measure).filter((measure) => !rest.test(measure)),
      [],
    );
    const { markdown } = rlhfCard({ ...report, recipe: recipeLines(RECIPE) });
    assert.match(markdown, /violations, deeds that are held out/);

    await publishPath(whole, result);
    const llama = await Llama.load(join(whole.directory, "chat-Q8_0.gguf"));
    assert.equal(llama.tokenizer.size, 400);
    await llama.dispose();
  });

  it("is the same, byte for byte, with one worker, stopped and gone on with at every part", async () => {
    const context = contextFor("stopped", 1);
    let stops = 0;
    const seen = new Set<string>();
    for (;;) {
      const stop = new AbortController();
      const onProgress = (name: string) => {
        if (!seen.has(name)) stop.abort();
        seen.add(name);
      };
      try {
        await publishPath(context, await walkPath({ ...context, onProgress, signal: stop.signal }));
        break;
      } catch (error) {
        assert.ok(error instanceof Stopped, String(error));
        stops++;
      }
    }
    assert.ok(stops > 8, `${stops} stops`);
    assert.deepEqual(filesOf(context), filesOf(whole));
  });

  it("goes on from what is there: with the last models gone, four workers make the same ones", async () => {
    const before = filesOf(whole);
    for (const name of Object.keys(before)) {
      if (/^(chat-2|policy|best-2|tuning-2|helpfulness-2)/.test(name)) rmSync(join(whole.directory, name));
    }
    await walkPath(contextFor("whole", 4));
    assert.deepEqual(filesOf(whole), before);
  });
});
