import assert from "node:assert/strict";
import { test } from "node:test";
import { SequencePool } from "#dist/server/sequences/pool.js";
import { llama } from "../../helpers/served.js";

const { signal } = new AbortController();
const wish = (prompt: readonly number[], count = 1) => ({ prompt, count, signal });

test("who begins like an idle sequence goes on from there, and keeps at least a token to evaluate", async () => {
  const pool = new SequencePool(llama, 2, 4);
  const prompt = [1, 5, 6, 7, 8, 9];
  const [first] = await pool.acquire(wish(prompt));
  assert.ok(first !== undefined);
  await first.session.evaluate(prompt);
  pool.release(first, prompt);
  const [again] = await pool.acquire(wish(prompt));
  assert.deepEqual([again?.id, again?.session.position], [first.id, 5]);
  if (again !== undefined) pool.release(again, prompt);
  const [longer] = await pool.acquire(wish([...prompt.slice(0, 5), 20, 21]));
  assert.deepEqual([longer?.id, longer?.session.position], [first.id, 5]);
  const [other] = await pool.acquire(wish([1, 30, 31]));
  assert.deepEqual([other?.id === first.id, other?.session.position], [false, 0]);
});

test("a prompt that shares little leaves a long conversation alone while there is room for another", async () => {
  const pool = new SequencePool(llama, 2, 4);
  const long = Array.from({ length: 40 }, (_, i) => (i === 0 ? 1 : 10 + i));
  const [kept] = await pool.acquire(wish(long));
  await kept?.session.evaluate(long);
  if (kept !== undefined) pool.release(kept, long);
  const [fresh] = await pool.acquire(wish([1, 400, 401, 402]));
  assert.notEqual(fresh?.id, kept?.id);
  if (fresh !== undefined) pool.release(fresh, []);
  const [back] = await pool.acquire(wish([...long, 7]));
  assert.deepEqual([back?.id, back?.session.position], [kept?.id, 40]);
});

test("several sequences of one prompt are forks that hold all of it but the last token", async () => {
  const pool = new SequencePool(llama, 3, 4);
  const sequences = await pool.acquire(wish([1, 5, 6, 7], 3));
  assert.deepEqual(
    sequences.map(({ session }) => session.position),
    [3, 3, 3],
  );
  assert.equal(new Set(sequences.map(({ id }) => id)).size, 3);
  await assert.rejects(pool.acquire(wish([1, 2], 4)), /--parallel 4/);
});

test("who stops waiting leaves the line", async () => {
  const pool = new SequencePool(llama, 1, 4);
  const [busy] = await pool.acquire(wish([1, 2]));
  const controller = new AbortController();
  const waiting = pool.acquire({ prompt: [1, 3], count: 1, signal: controller.signal });
  const next = pool.acquire(wish([1, 4]));
  assert.equal(pool.waiting, 2);
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  assert.equal(pool.waiting, 1);
  if (busy !== undefined) pool.release(busy, []);
  assert.equal((await next).length, 1);
});
