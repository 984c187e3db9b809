import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as macrotask } from "node:timers/promises";
import type { BatchLimits } from "#dist/engine/batch-former.js";
import { type EvaluateOptions, Evaluation } from "#dist/engine/evaluation.js";
import { type ForwardJob, LogitsWanted, logitRowsOf } from "#dist/engine/run/job.js";
import { type BatchRunner, Scheduler } from "#dist/engine/scheduler.js";
import type { KvCache } from "#dist/engine/team/cache-store.js";

const LIMITS: BatchLimits = { tokens: 512, slices: 64, logitRows: 32 };

function cache(contextSize = 10_000): KvCache {
  return { addresses: [0], rows: contextSize, contextSize, length: 0, written: 0, scales: [] };
}

/** Computes nothing: the logits of a token are its row in the batch. Ends a batch when told to, or in the next turn. */
class Runner implements BatchRunner {
  readonly jobs: ForwardJob[] = [];
  aborts = 0;
  isManual = false;
  failure: Error | undefined;
  progress: ((done: number) => void) | undefined;
  end: () => void = () => {};

  async run(job: ForwardJob, onProgress?: (done: number) => void): Promise<void> {
    this.jobs.push({ slices: job.slices.map((slice) => ({ ...slice })) });
    this.progress = onProgress;
    if (this.isManual) await new Promise<void>((resolve) => (this.end = resolve));
    else await macrotask();
    if (this.failure !== undefined) throw this.failure;
  }

  abort(): void {
    this.aborts++;
    this.end();
  }

  /** The tokens of each slice of each batch. */
  get sizes(): number[][] {
    return this.jobs.map(({ slices }) => slices.map(({ tokens }) => tokens.length));
  }
}

function setUp(limits: BatchLimits = LIMITS) {
  const runner = new Runner();
  const scheduler = new Scheduler(runner, limits, {
    logits: (row) => Float32Array.of(row),
    hidden: (token) => Float32Array.of(-token),
  });
  const start = (at: KvCache, count: number, options: EvaluateOptions = {}, logits: 1 | 2 = LogitsWanted.LAST) => {
    const rows: number[] = [];
    let evaluation: Evaluation | undefined;
    const done = new Promise<void>((resolve, reject) => {
      const tokens = Array.from({ length: count }, (_, i) => i);
      const onLogits = (index: number, found: Float32Array) => rows.push(index, found[0] ?? -1);
      evaluation = new Evaluation(at, tokens, logits, onLogits, options, { resolve, reject });
      scheduler.add(evaluation);
    });
    return { done, rows, evaluation: evaluation as Evaluation };
  };
  return { runner, scheduler, start };
}

test("answers that go on at once are computed together, a batch a token", async () => {
  const { runner, start } = setUp();
  const answer = async (at: KvCache) => {
    for (let i = 0; i < 10; i++) await start(at, 1).done;
  };
  await Promise.all([answer(cache()), answer(cache()), answer(cache())]);
  assert.deepEqual(runner.sizes, Array(10).fill([1, 1, 1]));
});

test("while a prompt of 2,000 tokens is evaluated another answer has a token in every batch", async () => {
  const { runner, start } = setUp();
  const reader = cache();
  let isOver = false;
  const answer = async () => {
    while (!isOver) await start(reader, 1).done;
  };
  const answering = answer();
  await macrotask();
  const prompt = cache();
  await start(prompt, 2000).done;
  isOver = true;
  await answering;
  const during = runner.jobs.filter(({ slices }) => slices.some((slice) => slice.cache === prompt));
  assert.equal(during.length, 4);
  for (const { slices } of during) assert.equal(slices.filter((slice) => slice.cache === reader).length, 1);
  // Nor is the prompt kept from what is left of the batch.
  assert.deepEqual(
    during.map(({ slices }) => slices.find((slice) => slice.cache === prompt)?.tokens.length),
    [511, 511, 511, 467],
  );
});

test("an answer that nobody reads for a while does not hold up the others", async () => {
  const { runner, start } = setUp();
  const slow = cache();
  await start(slow, 1).done;
  const fast = cache();
  for (let i = 0; i < 5; i++) await start(fast, 1).done;
  await start(slow, 1).done;
  assert.equal(runner.jobs.length, 7);
});

test("a short prompt is not behind a long one", async () => {
  const { runner, start } = setUp();
  const ended: string[] = [];
  const long = start(cache(), 3000).done.then(() => ended.push("long"));
  const short = start(cache(), 300).done.then(() => ended.push("short"));
  await Promise.all([long, short]);
  assert.deepEqual(ended, ["short", "long"]);
  assert.deepEqual(runner.sizes[0], [256, 256]);
  assert.deepEqual(runner.sizes[1], [44, 468]);
});

test("what is asked of one sequence is done in the order of the calls, each behind the one before", async () => {
  const { runner, start } = setUp({ ...LIMITS, tokens: 8 });
  const at = cache();
  await Promise.all([start(at, 10).done, start(at, 1).done, start(at, 3).done]);
  assert.deepEqual(runner.sizes, [[8], [2], [1], [3]]);
  assert.deepEqual(
    runner.jobs.map(({ slices }) => slices[0]?.position),
    [0, 8, 10, 11],
  );
  assert.equal(at.length, 14);
});

test("logits go to those who asked for them, by the rows that the batch has", async () => {
  const { runner, start } = setUp();
  const [first, second, third] = [start(cache(), 3, {}, 2), start(cache(), 1), start(cache(), 2)];
  await Promise.all([first.done, second.done, third.done]);
  const rows = runner.jobs[0]?.slices.map(logitRowsOf) ?? [];
  assert.equal(
    rows.reduce((sum, count) => sum + count, 0),
    5,
  );
  // The single token comes first, then the shorter of the others.
  assert.deepEqual(second.rows, [0, 0]);
  assert.deepEqual(third.rows, [1, 1]);
  assert.deepEqual(first.rows, [0, 2, 1, 3, 2, 4]);
});

test("more answers than a batch has room for have their turns, and a prompt among them too", async () => {
  for (const limits of [
    { tokens: 4, slices: 64, logitRows: 32 },
    { tokens: 512, slices: 4, logitRows: 32 },
    { tokens: 512, slices: 64, logitRows: 4 },
    { tokens: 1, slices: 64, logitRows: 32 },
  ]) {
    const { runner, start } = setUp(limits);
    const prompt = cache();
    let isOver = false;
    const counts = new Map<KvCache, number>();
    const answer = async (at: KvCache) => {
      while (!isOver) {
        await start(at, 1).done;
        counts.set(at, (counts.get(at) ?? 0) + 1);
      }
    };
    const answers = Array.from({ length: 9 }, () => answer(cache()));
    await start(prompt, 12).done;
    for (let i = 0; i < 60; i++) await macrotask();
    isOver = true;
    await Promise.all(answers);
    const found = [...counts.values()];
    assert.equal(found.length, 9);
    assert.ok(Math.max(...found) - Math.min(...found) <= 2, `${JSON.stringify(limits)}: ${found}`);
    for (const { slices } of runner.jobs) {
      const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
      assert.ok(slices.length <= limits.slices);
      assert.ok(sum(slices.map(({ tokens }) => tokens.length)) <= limits.tokens);
      assert.ok(sum(slices.map(logitRowsOf)) <= limits.logitRows);
    }
  }
});

test("ending one evaluation leaves the batch to the others, ending the last one ends the batch", async () => {
  const { runner, scheduler, start } = setUp();
  runner.isManual = true;
  const [one, other] = [cache(), cache()];
  const first = start(one, 5);
  const second = start(other, 5);
  await macrotask();
  scheduler.cancel(first.evaluation, new Error("enough"));
  await assert.rejects(first.done, /enough/);
  assert.equal(runner.aborts, 0);
  runner.end();
  await second.done;
  assert.equal(one.length, 0);
  assert.equal(other.length, 5);

  const third = start(other, 5);
  await macrotask();
  scheduler.cancel(third.evaluation, new Error("enough"));
  await assert.rejects(third.done, /enough/);
  assert.equal(runner.aborts, 1);
  assert.equal(other.length, 5);
});

test("a cache that is left during a batch is given back after it, and one that is idle at once", async () => {
  const { runner, scheduler, start } = setUp();
  runner.isManual = true;
  const at = cache();
  const left: string[] = [];
  scheduler.leave(cache(), new Error("left"), () => left.push("idle"));
  assert.deepEqual(left, ["idle"]);
  const other = start(cache(), 1);
  const calls = [start(at, 5), start(at, 1)];
  await macrotask();
  scheduler.leave(at, new Error("left"), () => left.push("busy"));
  for (const { done } of calls) await assert.rejects(done, /left/);
  assert.deepEqual(left, ["idle"]);
  runner.end();
  await other.done;
  await macrotask();
  assert.deepEqual(left, ["idle", "busy"]);
});

test("who holds a cache has it alone, in its turn, and others go on", async () => {
  const { runner, scheduler, start } = setUp();
  const at = cache();
  const order: string[] = [];
  const before = start(at, 1).done.then(() => order.push("before"));
  let release = () => {};
  const held = scheduler
    .hold(at, () => {
      order.push("begins");
      return new Promise<void>((resolve) => (release = resolve));
    })
    .then(() => order.push("held"));
  const after = start(at, 1).done.then(() => order.push("after"));
  await start(cache(), 1).done;
  for (let i = 0; i < 5; i++) await start(cache(), 1).done;
  assert.deepEqual(order, ["before", "begins"]);
  release();
  await Promise.all([before, held, after]);
  assert.deepEqual(order, ["before", "begins", "held", "after"]);
  assert.equal(at.length, 2);
  assert.equal(runner.jobs.filter(({ slices }) => slices.some((slice) => slice.cache === at)).length, 2);
});

test("what a listener throws rejects its own call alone", async () => {
  const { start } = setUp({ ...LIMITS, tokens: 4 });
  const thrown = new Error("thrown");
  const throws = () => {
    throw thrown;
  };
  const good = start(cache(), 6);
  const bad = start(cache(), 6, { onProgress: throws });
  await assert.rejects(bad.done, (error) => error === thrown);
  await good.done;
});

test("progress rises to 1, and is told within a batch too", async () => {
  const { runner, start } = setUp({ ...LIMITS, tokens: 4 });
  runner.isManual = true;
  const seen: number[] = [];
  const { done } = start(cache(), 8, { onProgress: (part) => seen.push(part) });
  await macrotask();
  runner.progress?.(0.5);
  runner.end();
  await macrotask();
  await macrotask();
  runner.progress?.(0.5);
  runner.end();
  await done;
  assert.deepEqual(seen, [0.25, 0.5, 0.75, 1]);
});

test("when the workers fail everything is rejected, then and later", async () => {
  const { runner, start } = setUp({ ...LIMITS, slices: 1 });
  runner.failure = new Error("gone");
  const calls = [start(cache(), 5), start(cache(), 5)];
  for (const { done } of calls) await assert.rejects(done, /gone/);
  await assert.rejects(start(cache(), 1).done, /gone/);
  assert.equal(runner.jobs.length, 1);
});

test("tokens beyond the context are refused where they would begin", async () => {
  const { start } = setUp();
  const at = cache(4);
  const fits = start(at, 3).done;
  const tooMany = start(at, 2).done;
  const last = start(at, 1).done;
  await fits;
  await assert.rejects(tooMany, { code: "context", message: /^2 tokens do not fit: 1 of the context's 4 positions/ });
  await last;
});
