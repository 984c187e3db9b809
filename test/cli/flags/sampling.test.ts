import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Command } from "commander";
import { readArguments } from "#dist/cli/flags/arguments.js";
import { addSamplingOptions, SAMPLING_FLAGS, samplingOptions } from "#dist/cli/flags/sampling.js";
import { resolveSampling, type SamplingOptions } from "#dist/sampling/options.js";
import { FIXTURE_TOKENS, fixtureModel, writeFixture } from "../../helpers/model-fixture.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

/** The options that a command line gives, without those it leaves alone. */
function parsed(...args: string[]): SamplingOptions {
  const command = addSamplingOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  command.parse(readArguments(args, command).args, { from: "user" });
  const options = samplingOptions(command.opts());
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

const CASES: readonly (readonly [args: string[], wanted: SamplingOptions])[] = [
  [[], {}],
  [["-s", "7"], { seed: 7 }],
  [["--temp", "0.5"], { temperature: 0.5 }],
  [["--temperature=0.5"], { temperature: 0.5 }],
  [["--dynatemp-range", "0.4", "--dynatemp-exp", "2"], { dynatempRange: 0.4, dynatempExponent: 2 }],
  [["--top-k", "10", "--top-p", "0.9"], { topK: 10, topP: 0.9 }],
  [["--min-p", "0.1", "--typical", "0.7"], { minP: 0.1, typicalP: 0.7 }],
  [["--typical-p", "0.7"], { typicalP: 0.7 }],
  [["--top-nsigma", "1.5"], { topNSigma: 1.5 }],
  [["--top-n-sigma", "1.5"], { topNSigma: 1.5 }],
  [["--xtc-probability", "0.5", "--xtc-threshold", "0.2"], { xtcProbability: 0.5, xtcThreshold: 0.2 }],
  [["--repeat-penalty", "1.1", "--repeat-last-n", "-1"], { repeatPenalty: 1.1, repeatLastN: -1 }],
  [["--presence-penalty", "0.3", "--frequency-penalty", "-0.2"], { presencePenalty: 0.3, frequencyPenalty: -0.2 }],
  [["--dry-multiplier", "0.8", "--dry-base", "2"], { dryMultiplier: 0.8, dryBase: 2 }],
  [["--dry-allowed-length", "3", "--dry-penalty-last-n", "99"], { dryAllowedLength: 3, dryPenaltyLastN: 99 }],
  [["--dry-sequence-breaker", "a", "--dry-sequence-breaker", "\\n"], { drySequenceBreakers: ["a", "\n"] }],
  [["--dry-sequence-breaker", "a", "--dry-sequence-breaker", "none"], { drySequenceBreakers: [] }],
  [
    ["--mirostat", "2", "--mirostat-ent", "4", "--mirostat-lr", "0.2"],
    { mirostat: 2, mirostatTau: 4, mirostatEta: 0.2 },
  ],
  [["--samplers", "top_k;temperature"], { samplers: ["top_k", "temperature"] }],
  [["--samplers", "min-p, typical ;temp"], { samplers: ["min_p", "typ_p", "temperature"] }],
  [["--samplers", ""], { samplers: [] }],
  [
    ["-l", "5+1.5", "-l", "7-inf"],
    {
      logitBias: new Map([
        [5, 1.5],
        [7, Number.NEGATIVE_INFINITY],
      ]),
    },
  ],
];

for (const [args, wanted] of CASES) {
  test(`${args.join(" ") || "no flag"} is read as meant`, () => {
    assert.deepEqual(parsed(...args), wanted);
    resolveSampling(parsed(...args));
  });
}

test("every option of the chain has a flag, but for the one that llama.cpp has none for", () => {
  const options = new Set(SAMPLING_FLAGS.map(({ option }) => option));
  const missing = Object.keys(resolveSampling()).filter((name) => !options.has(name as keyof SamplingOptions));
  assert.deepEqual(missing, ["minKeep"]);
});

const model = join(temporaryFolder(), "model.gguf");
writeFixture(model, fixtureModel());
const BASE = ["generate", model, "the rain", "--ignore-eos", "-n", "6"];

async function tokens(...args: string[]): Promise<number[]> {
  const { code, stdout, stderr } = await runCommand([...BASE, ...args, "--json"]);
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as { tokens: number[] }).tokens;
}

test("the flags reach the sampler", async () => {
  const greedy = await tokens("--temp", "0");
  // Each leaves the likeliest token alone, whatever the temperature.
  assert.deepEqual(await tokens("--temp", "5", "--samplers", "temperature;top_k", "--top-k", "1"), greedy);
  assert.deepEqual(await tokens("--temp", "5", "--samplers", "top_n_sigma", "--top-nsigma", "0.0001"), greedy);
  // XTC without a threshold leaves the least likely of the two that top-k kept.
  const xtc = ["--samplers", "top_k,xtc", "--top-k", "2", "--xtc-probability", "1", "--xtc-threshold", "0"];
  assert.notEqual((await tokens(...xtc))[0], greedy[0]);
});

test("a sampler that is not known is refused with the names that are", async () => {
  const { code, stderr } = await runCommand([...BASE, "--samplers", "top_k;topk"]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^error: --samplers must be made up of penalties, dry, .*, temperature, infill \(got "topk"\)\.\n$/,
  );
});

test("--logprobs tells of every token and of the best beside it", async () => {
  const { stdout } = await runCommand([...BASE, "--temp", "0", "--json", "--logprobs", "3"]);
  interface Told {
    readonly id: number;
    readonly piece: string;
    readonly logprob: number;
  }
  const report = JSON.parse(stdout) as { tokens: number[]; logprobs: (Told & { top: Told[] })[] };
  assert.deepEqual(
    report.logprobs.map(({ id }) => id),
    report.tokens,
  );
  for (const { id, piece, logprob, top } of report.logprobs) {
    assert.equal(piece, FIXTURE_TOKENS[id]?.piece);
    assert.equal(top.length, 3);
    assert.ok(top.every((other, i) => i === 0 || other.logprob <= (top[i - 1] as Told).logprob));
    assert.ok(logprob < 0);
    // The only token that a greedy choice may pass over is the end of the sequence, which --ignore-eos forbids.
    const best = top.find((other) => other.id !== 2);
    assert.deepEqual({ id, piece, logprob }, best);
  }
});

test("--logprobs without --json, or of less than no tokens, is refused", async () => {
  const alone = await runCommand([...BASE, "--logprobs", "3"]);
  assert.equal(alone.code, 1);
  assert.match(alone.stderr, /needs --json/);
  const negative = await runCommand([...BASE, "--json", "--logprobs", "-1"]);
  assert.equal(negative.code, 1);
  assert.match(negative.stderr, /--logprobs must be a whole number of 0 or more \(got -1\)/);
});

test("the help lists the sampling flags in groups, with their defaults", async () => {
  const { stdout } = await runCommand(["generate", "--help"]);
  const groups = stdout.split("\n").filter((line) => /^[A-Z]\w+:$/.test(line));
  const [, ...found] = groups;
  assert.deepEqual(found.slice(0, 8), [
    "Model:",
    "Engine:",
    "Text:",
    "Output:",
    "Server:",
    "Sampling:",
    "Repetition:",
    "Mirostat:",
  ]);
  assert.match(stdout.replace(/\s+/g, " "), /--dry-base <number> [^(]+ \(1\.75\)/);
});
