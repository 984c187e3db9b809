import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { Llama } from "#dist/llama.js";
import { availableMemory } from "#dist/platform/node/available-memory.js";
import { loadEngine } from "../../helpers/engine.js";
import { fixtureModel, writeFixture } from "../../helpers/model-fixture.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const path = join(temporaryFolder(), "model.gguf");
writeFixture(path, fixtureModel());

function onLinux(files: Readonly<Record<string, string>>): number {
  return availableMemory({ platform: "linux", total: 1000, free: 600, read: (file) => files[file] });
}

test("on Linux what is free counts, or what a control group has left", () => {
  assert.equal(onLinux({}), 600);
  const unlimited = { "/proc/self/cgroup": "0::/app\n", "/sys/fs/cgroup/app/memory.max": "max\n" };
  assert.equal(onLinux({ ...unlimited, "/sys/fs/cgroup/app/memory.current": "100\n" }), 600);
  const limited = { ...unlimited, "/sys/fs/cgroup/app/memory.max": "300\n" };
  assert.equal(onLinux({ ...limited, "/sys/fs/cgroup/app/memory.current": "100\n" }), 200);
  assert.equal(onLinux({ ...limited, "/sys/fs/cgroup/app/memory.current": "400\n" }), 0);
});

test("a group's file cache can be reclaimed, and the groups around it count too", () => {
  const files = {
    "/proc/self/cgroup": "0::/outer/inner\n",
    "/sys/fs/cgroup/outer/inner/memory.max": "500\n",
    "/sys/fs/cgroup/outer/inner/memory.current": "450\n",
    "/sys/fs/cgroup/outer/inner/memory.stat": "anon 50\nfile 400\ninactive_file 350\n",
  };
  assert.equal(onLinux(files), 400);
  const outer = { "/sys/fs/cgroup/outer/memory.max": "460\n", "/sys/fs/cgroup/outer/memory.current": "450\n" };
  assert.equal(onLinux({ ...files, ...outer }), 10);
});

test("control groups of version 1 have a hierarchy for memory, whose root a container sees as its own", () => {
  const files = {
    "/proc/self/cgroup": "5:cpu,cpuacct:/docker/1\n4:memory:/docker/1\n0::/\n",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "500\n",
    "/sys/fs/cgroup/memory/memory.usage_in_bytes": "300\n",
    "/sys/fs/cgroup/memory/memory.stat": "cache 80\ninactive_file 1\ntotal_inactive_file 50\n",
  };
  assert.equal(onLinux(files), 250);
});

test("elsewhere the system's own figure counts, but on macOS all memory", () => {
  const machine = { total: 1000, free: 10, read: () => undefined };
  assert.equal(availableMemory({ ...machine, platform: "win32" }), 10);
  assert.equal(availableMemory({ ...machine, platform: "darwin" }), 1000);
});

test("this machine has some", () => {
  assert.ok(availableMemory() > 0);
});

function isMemory(error: unknown): error is LlamaError {
  return error instanceof LlamaError && error.code === "memory";
}

test("a model beyond the limit is refused with its sizes, one within it loads", async () => {
  await assert.rejects(loadEngine(path, { memoryLimit: 100_000 }), (error: unknown) => {
    return isMemory(error) && /weights .*, KV cache for 512 positions .*, scratch .* the limit is/.test(error.message);
  });
  const engine = await loadEngine(path, { memoryLimit: 2 ** 30 });
  const { total } = engine.memory;
  await engine.dispose();
  await (await loadEngine(path, { memoryLimit: total })).dispose();
  await assert.rejects(loadEngine(path, { memoryLimit: total - 1 }), isMemory);
});

test("sessions are refused beyond the limit, until one is given back", async () => {
  const engine = await loadEngine(path, { memoryLimit: 2 ** 30 });
  const { total, cache } = engine.memory;
  await engine.dispose();
  const tight = await loadEngine(path, { memoryLimit: total + cache });
  const first = tight.createCache();
  tight.createCache();
  assert.throws(() => tight.createCache(), isMemory);
  tight.releaseCache(first);
  tight.createCache();
  await tight.dispose();
});

test("the limit may be lifted, and must be a number above 0", async () => {
  await (await Llama.load(path, { memoryLimit: Number.POSITIVE_INFINITY })).dispose();
  for (const memoryLimit of [0, -1, Number.NaN, "1G" as unknown as number]) {
    await assert.rejects(Llama.load(path, { memoryLimit }), { code: "option" });
  }
});
