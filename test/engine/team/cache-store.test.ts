import assert from "node:assert/strict";
import { test } from "node:test";
import { layoutOfRows } from "#dist/engine/plan/cache-layout.js";
import type { MemoryPlan } from "#dist/engine/plan/memory-plan.js";
import { CacheStore, type KvCache } from "#dist/engine/team/cache-store.js";
import { LlamaError } from "#dist/errors.js";

const PAGE = 65536;
const KV_HEADS = 2;
const ROW = { keyRow: 32, valueRow: 64 };

/** Banks of so many layers, with weights up to the given byte. */
function planOf(banks: readonly (readonly [layers: number, bytes: number])[]): MemoryPlan {
  return {
    banks: banks.map(([layers, bytes]) => ({ layers: Array(layers).fill({}), bytes })),
    cache: layoutOfRows(ROW, KV_HEADS, 100),
  } as unknown as MemoryPlan;
}

function storeOf(
  banks: readonly (readonly [layers: number, bytes: number])[],
  limit = Number.POSITIVE_INFINITY,
  pages = 16,
) {
  const memories = banks.map(() => new WebAssembly.Memory({ initial: 1, maximum: pages, shared: true }));
  return { store: new CacheStore(planOf(banks), KV_HEADS, memories, limit), memories };
}

const bytesALayer = (rows: number) => layoutOfRows(ROW, KV_HEADS, rows).layer;

/** The bytes of a bank that a cache takes. */
function stretchOf({ addresses, rows }: KvCache, bank: number, layers: number) {
  const from = addresses[bank] as number;
  return { from, to: from + bytesALayer(rows) * layers };
}

test("caches of any length lie behind the weights of every bank, and none on another", () => {
  const banks = [
    [3, 1000],
    [1, 64],
    [0, 128],
  ] as const;
  const { store, memories } = storeOf(banks);
  const caches: KvCache[] = [];
  const sizes = [100, 7, 40, 100, 1, 64, 33, 20];
  for (const rows of sizes) caches.push(store.create(rows, rows));
  for (const index of [1, 3, 4]) store.release(caches[index] as KvCache);
  const open = caches.filter((_, index) => ![1, 3, 4].includes(index));
  for (const rows of [5, 6, 60, 30, 90]) open.push(store.create(rows, rows));
  for (const [bank, [layers, bytes]] of banks.entries()) {
    const taken = open.map((cache) => stretchOf(cache, bank, layers)).sort((a, b) => a.from - b.from);
    let end = bytes as number;
    for (const { from, to } of taken) {
      assert.ok(from >= end, `bank ${bank}: ${from} after ${end}`);
      end = to;
    }
    assert.ok((memories[bank] as WebAssembly.Memory).buffer.byteLength >= end);
  }
});

test("what is given back is used again, also by shorter ones together", () => {
  const { store } = storeOf([[2, 0]]);
  const first = store.create(90, 90);
  const last = store.create(10, 10);
  store.release(first);
  const [one, two] = [store.create(30, 30), store.create(30, 30)];
  assert.deepEqual(one.addresses, first.addresses);
  assert.ok((two.addresses[0] as number) < (last.addresses[0] as number));
  store.release(one);
  store.release(two);
  assert.deepEqual(store.create(90, 90).addresses, first.addresses);
});

test("a cache beyond the limit, or beyond a bank, is refused with its size", () => {
  const bytes = bytesALayer(100) * 2;
  const { store } = storeOf([[2, 1000]], 1000 + 2 * bytes);
  const isFull = (error: unknown) =>
    error instanceof LlamaError &&
    error.code === "memory" &&
    /another session of 100 positions, which needs [\d.]+ KiB \(2 are open\)/.test(error.message);
  const first = store.create(100, 100);
  store.create(100, 100);
  assert.throws(() => store.create(100, 100), isFull);
  store.release(first);
  store.create(50, 50);
  store.create(50, 50);
  const narrow = storeOf([[2, PAGE - 64]], Number.POSITIVE_INFINITY, 1).store;
  assert.throws(() => narrow.create(100, 100), { code: "memory" });
});

test("a copy has the rows of its tokens, and goes its own way", () => {
  const { store } = storeOf([
    [1, 64],
    [2, 640],
  ]);
  const cache = store.create(20, 20);
  let mark = 0;
  for (const row of store.rows(cache, 20)) row.fill(++mark);
  assert.equal(mark, 3 * KV_HEADS * 2);
  cache.length = 12;
  cache.written = 15;
  const copy = store.copy(cache);
  assert.equal(copy.length, 12);
  // What was written behind the tokens is of a job that may be under way.
  assert.equal(copy.written, 12);
  const found = Array.from(store.rows(copy, 12), (row) => row.slice());
  assert.deepEqual(
    found,
    Array.from(store.rows(cache, 12), (row) => row.slice()),
  );
  for (const row of store.rows(copy, 20)) row.fill(0);
  assert.ok([...store.rows(cache, 20)].every((row, index) => row.every((byte) => byte === index + 1)));
});

test("a store whose memories were let go hands out nothing", () => {
  const { store, memories } = storeOf([[1, 0]]);
  memories.length = 0;
  assert.throws(() => store.create(10, 10), { code: "disposed" });
});
