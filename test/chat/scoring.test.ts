import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Score, ScorePrompt } from "#dist/generation/reward.js";
import type { Session } from "#dist/generation/session.js";
import { Llama } from "#dist/llama.js";
import { f32, fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { type RewardShape, rewardFixture, scalarOutputs } from "../helpers/reward-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const EXACT = { threads: 1, batchSize: 16, cacheTypeK: "f32", cacheTypeV: "f32" } as const;
/** Of f32 against float64, on scores of about 8. */
const TOLERANCE = 1e-4;

const PAIRS = [
  ["the rain", "in the hill"],
  ["a", ""],
  ["in the beginning there was a rain", "on the hill and then he"],
  ["on", "on the hill and then he sat in the rain for a long time without end"],
] as const;

async function loaded(name: string, shape: RewardShape, options: object = EXACT) {
  const path = join(folder, `${name}.gguf`);
  const fixture = rewardFixture(shape);
  writeFixture(path, fixture);
  const llama = await Llama.load(path, options);
  after(() => llama.dispose());
  return { llama, fixture, path };
}

/** What the fixtures' template makes of a pair. */
function idsOf({ tokenizer }: Llama, query: string, document: string): number[] {
  const text = tokenizer.encode(`query ${query} document ${document}`, { addBos: false });
  return [1, ...text, 2];
}

const SHAPES: Readonly<Record<string, RewardShape>> = {
  classifier: {},
  bias: { hasBias: true },
  pooler: { hasPooler: true },
  "pooler and biases": { hasPooler: true, hasBias: true },
  "several outputs": { labels: ["helpfulness", "safety"], hasBias: true },
  rows: { form: "rows" },
};

for (const [name, shape] of Object.entries(SHAPES)) {
  test(`scores are those of the float64 model, read at the last token: ${name}`, async () => {
    const { llama, fixture } = await loaded(name, shape);
    for (const [prompt, answer] of PAIRS) {
      const ids = idsOf(llama, prompt, answer);
      const expected = scalarOutputs(fixture, ids);
      const { score, outputs, tokens, normalized } = await llama.score(prompt, answer);
      assert.equal(tokens, ids.length);
      assert.equal(normalized, undefined);
      assert.equal(outputs[shape.labels?.[0] ?? "helpfulness"], score);
      for (const [index, value] of Object.values(outputs).entries()) {
        assert.ok(Math.abs(value - (expected[index] as number)) < TOLERANCE, `${value} for ${expected[index]}`);
      }
      assert.equal(Object.keys(outputs).length, shape.labels?.length ?? 1);
    }
  });
}

test("the two forms of one model give the same scores", async () => {
  const one = await loaded("form one", {});
  const two = await loaded("form two", { form: "rows" });
  for (const [prompt, answer] of PAIRS) {
    const [a, b] = [await one.llama.score(prompt, answer), await two.llama.score(prompt, answer)];
    assert.ok(Math.abs(a.score - b.score) < TOLERANCE, `${a.score} and ${b.score}`);
  }
});

test("a score does not depend on what is scored beside it, on batches or on threads", async () => {
  const { llama, path } = await loaded("alone", {}, { threads: 2 });
  const pairs = Array.from({ length: 20 }, (_, i) => PAIRS[i % PAIRS.length] as (typeof PAIRS)[number]);
  const alone: Score[] = [];
  for (const [prompt, answer] of PAIRS) alone.push(await llama.score(prompt, answer));
  const together = await llama.score(pairs.map(([prompt, answer]) => ({ prompt, answer })));
  assert.deepEqual(
    together,
    pairs.map((_, i) => alone[i % PAIRS.length]),
  );
  const other = await Llama.load(path, { threads: 1, batchSize: 3 });
  try {
    assert.deepEqual(await other.score(PAIRS.map(([prompt, answer]) => ({ prompt, answer }))), alone);
  } finally {
    await other.dispose();
  }
});

test("answers to one prompt evaluate it once, one after the other and side by side, and score what they do alone", async () => {
  const { llama, path } = await loaded("prefix", {}, { threads: 2 });
  const prompt = "in the beginning there was a rain on the hill and then he sat";
  const answers = ["in the rain", "on the hill for a long time", "and then", "without end", "in the hill"];
  const alone: Score[] = [];
  for (const answer of answers) {
    const fresh = await Llama.load(path, { threads: 1 });
    alone.push(await fresh.score(prompt, answer));
    await fresh.dispose();
  }
  const evaluated: number[] = [];
  const createSession = llama.createSession.bind(llama);
  const counted = (session: Session): Session => {
    const [evaluateHidden, fork] = [session.evaluateHidden.bind(session), session.fork.bind(session)];
    session.evaluateHidden = (ids, ...rest) => {
      evaluated.push(ids.length);
      return evaluateHidden(ids, ...rest);
    };
    session.fork = (options) => counted(fork(options));
    return session;
  };
  llama.createSession = (options) => counted(createSession(options));
  const lengths = alone.map(({ tokens }) => tokens);
  const common = (lengths[0] as number) - 8;
  const one: Score[] = [];
  for (const answer of answers) one.push(await llama.score(prompt, answer));
  assert.deepEqual(one, alone);
  assert.equal(evaluated.shift(), lengths[0]);
  assert.ok(
    evaluated.length === 4 && evaluated.every((count, i) => count < (lengths[i + 1] as number) - common / 2),
    `${evaluated}`,
  );
  await llama.score("something else that was not said before, and long enough", "a");
  evaluated.length = 0;
  assert.deepEqual(await llama.score(answers.map((answer) => ({ prompt, answer }))), alone);
  assert.equal(evaluated[0], lengths[0]);
  assert.ok(evaluated.length === 5 && evaluated.slice(1).every((count) => count < common / 2), `${evaluated}`);
  // One that fails takes nobody with it.
  const stopped = llama.score(`${prompt} down`, "a", { signal: AbortSignal.abort(new Error("enough")) });
  const others = answers.map((answer) => llama.score(prompt, answer));
  await assert.rejects(stopped, /enough/);
  assert.deepEqual(await Promise.all(others), alone);
});

test("what the file says of scores is told, and normalises them", async () => {
  const metadata = { "reward.mean": f32(2), "reward.std": f32(4), "reward.unsafe_below": f32(0.25) };
  const { llama } = await loaded("told", { metadata });
  assert.deepEqual({ ...llama.reward }, { labels: ["helpfulness"], mean: 2, std: 4, unsafeBelow: 0.25 });
  const { score, normalized } = await llama.score("the", "rain");
  assert.equal(normalized, (score - 2) / 4);
});

test("a question alone is the same as a message; ids go on with the answer and end", async () => {
  const { llama, fixture } = await loaded("prompts", {});
  const said = await llama.score("the rain", "on the hill");
  assert.deepEqual(await llama.score([{ role: "user", content: "the rain" }], "on the hill"), said);
  const ids = llama.tokenizer.encode("the rain");
  const { score, tokens } = await llama.score(ids, " on the hill");
  const whole = [...llama.tokenizer.encode("the rain on the hill"), 2];
  assert.equal(tokens, whole.length);
  assert.ok(Math.abs(score - (scalarOutputs(fixture, whole)[0] as number)) < TOLERANCE);
  const turns = [
    { role: "user", content: "the rain" },
    { role: "assistant", content: "on the hill" },
    { role: "user", content: "and then" },
  ];
  assert.notEqual((await llama.score(turns, "he sat")).score, said.score);
});

test("what makes no sense is refused in a sentence", async () => {
  const { llama } = await loaded("refused", {});
  const refused = (prompt: unknown, answer: unknown, message: RegExp, code = "option") =>
    assert.rejects(llama.score(prompt as ScorePrompt, answer as string), { code, message });
  await refused(3, "a", /^prompt must be a text, messages or token ids \(got a number\)\.$/);
  await refused([], "a", /an empty list/);
  await refused([{ role: "assistant", content: "a" }], "a", /turn is/);
  await refused(
    [
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
    ],
    "a",
    /^The messages of prompt end with one of the assistant/,
  );
  await refused("a", { stop: 1 }, /^score has no option stop\.$/);
  await assert.rejects(llama.score({} as never), { code: "option", message: /list of pairs/ });
  await assert.rejects(llama.score([{ prompt: "a" } as never]), { code: "option", message: /^answer must be a text/ });
  await refused(
    "the ".repeat(500),
    "a",
    /^Prompt and answer have \d+ tokens, and the reward model's context has room for 128;/,
    "context",
  );
  await refused([1e9], "a", /vocabulary/);
  await assert.rejects(llama.score("a", "b", { signal: AbortSignal.abort(new Error("over")) }), /over/);
});

test("a model that writes gives no scores, and one that scores writes nothing", async () => {
  const path = join(folder, "writer.gguf");
  writeFixture(path, fixtureModel());
  const writer = await Llama.load(path);
  after(() => writer.dispose());
  assert.equal(writer.reward, undefined);
  await assert.rejects(writer.score("a", "b"), { code: "unsupported", message: /^This is no reward model/ });
  for (const form of ["classifier", "rows"] as const) {
    const { llama } = await loaded(`scores only ${form}`, { form });
    const refusal = { code: "unsupported", message: /^This is a reward model \(helpfulness\): it scores answers/ };
    assert.throws(() => llama.generate("a"), refusal);
    await assert.rejects(llama.complete("a"), refusal);
    await assert.rejects(llama.createChat(), refusal);
    const response = await llama.fetch("http://localhost/v1/completions", {
      method: "POST",
      body: JSON.stringify({ prompt: "a" }),
    });
    assert.equal(response.status, 501);
    assert.match(await response.text(), /This is a reward model/);
  }
});
