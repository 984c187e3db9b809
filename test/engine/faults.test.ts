import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Worker, WorkerOptions } from "node:worker_threads";
import { Engine } from "#dist/engine/engine.js";
import { LlamaError } from "#dist/errors.js";
import { openGguf } from "#dist/gguf/open.js";
import { loadEngine, withEngine } from "../helpers/engine.js";
import { faulty, type KernelFault, withThreads } from "../helpers/faults.js";
import { inTurn, isWhole } from "../helpers/long.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const path = join(folder, "model.gguf");
writeFixture(path, fixtureModel({ layers: 3, type: "Q8_0" }));
const PROMPT = Array.from({ length: 40 }, (_, i) => i + 3);
const OPTIONS = { contextSize: 64, batchSize: 8, threads: 2, cacheTypes: { key: "f16", value: "f16" } } as const;

const unchanged = (options: WorkerOptions) => options;
const hasEnded = (worker: Worker) => worker.threadId === -1;

/** What a person can be told of: one sentence. */
function isSentence(code: string, pattern = /./) {
  return (error: unknown) =>
    error instanceof LlamaError &&
    error.code === code &&
    pattern.test(error.message) &&
    /^[A-Z/][^\n]*\.$/.test(error.message);
}

/** A fault at load, in a prompt, and at the second of three tokens after it; norms are called once a token there. */
const FAULTS: readonly (Omit<KernelFault, "worker" | "does"> & { readonly when: string })[] = [
  { when: "the load", kernel: "q8_0_repack", call: 1 },
  { when: "a prompt", kernel: "q8_0_matmul", call: 5 },
  { when: "an answer", kernel: "q8_0_matvec", call: 30 },
];
const KINDS = [
  { does: "throw", pattern: /a fault of the test/ },
  { does: "trap", pattern: /unreachable/ },
  { does: "exit", pattern: /ended unexpectedly/ },
] as const;

for (const [index, { when, kernel, call }] of FAULTS.entries()) {
  for (const { does, pattern } of inTurn(KINDS, index)) {
    test(`a worker whose kernel is left by ${does} during ${when} rejects what is pending, and all workers end`, async () => {
      // Which worker reads a piece of the file is for them to find out.
      const worker = when === "the load" ? undefined : 1;
      await withThreads(faulty({ worker, kernel, call, does }), async (workers) => {
        const isFault = isSentence("worker", pattern);
        if (when === "the load") {
          await assert.rejects(loadEngine(path, OPTIONS), isFault);
        } else {
          const engine = await loadEngine(path, OPTIONS);
          const cache = engine.createCache();
          const other = engine.createCache();
          if (when === "a prompt") {
            await Promise.all([
              assert.rejects(engine.evaluate(cache, PROMPT), isFault),
              assert.rejects(engine.evaluate(other, PROMPT), isFault),
            ]);
          } else {
            await engine.evaluate(cache, PROMPT);
            await assert.rejects(async () => {
              for (let i = 0; i < 20; i++) await engine.evaluate(cache, [7]);
            }, isFault);
          }
          await assert.rejects(engine.evaluate(other, [7]), isFault);
          await engine.dispose();
        }
        assert.equal(workers.length, 2);
        assert.ok(workers.every(hasEnded));
      });
    });
  }
}

test("a worker that is terminated rejects what is pending, and another engine loads and computes", async () => {
  await withThreads(unchanged, async (workers) => {
    const engine = await loadEngine(path, OPTIONS);
    const cache = engine.createCache();
    const underWay = engine.evaluate(cache, PROMPT);
    await Promise.all([
      assert.rejects(underWay, isSentence("worker", /ended unexpectedly/)),
      (workers[0] as Worker).terminate(),
    ]);
    await assert.rejects(engine.evaluate(cache, [7]), isSentence("worker"));
    await Promise.all([engine.dispose(), engine.dispose()]);
    assert.ok(workers.every(hasEnded));
  });
  await withEngine(path, OPTIONS, async (engine) => {
    assert.ok((await engine.evaluate(engine.createCache(), PROMPT)).every(Number.isFinite));
  });
});

test("a system that gives too few threads refuses the load in a sentence, and those that had started end", async () => {
  const started: Worker[] = [];
  await withThreads(
    (options, index) => {
      if (index === 2) throw new Error("Worker initialization failure: EAGAIN");
      return options;
    },
    async (workers) => {
      const isRefusal = isSentence("worker", /refused worker thread 3 of 4 .*EAGAIN/);
      await assert.rejects(loadEngine(path, { ...OPTIONS, threads: 4 }), isRefusal);
      started.push(...workers);
    },
  );
  assert.equal(started.length, 2);
  assert.ok(started.every(hasEnded));
});

test("memory that the system refuses is a sentence, be it for the model or for asking the kernels", async () => {
  const { Memory } = WebAssembly;
  for (const allowed of [0, 1]) {
    let made = 0;
    WebAssembly.Memory = class extends Memory {
      constructor(descriptor: ConstructorParameters<typeof Memory>[0]) {
        if (made++ === allowed) throw new RangeError("WebAssembly.Memory(): could not allocate memory");
        super(descriptor);
      }
    };
    try {
      await assert.rejects(loadEngine(path, OPTIONS), isSentence("memory", /refused [\d.]+ (KiB|MiB)/));
    } finally {
      WebAssembly.Memory = Memory;
    }
  }
});

test("the sizes of a refusal are in units that fit them", async () => {
  const isRefusal = isSentence("memory", /needs \d[\d.]* (KiB|MiB) .*weights \d.* KiB, .* the limit is 97\.7 KiB/);
  await assert.rejects(loadEngine(path, { ...OPTIONS, memoryLimit: 100_000 }), isRefusal);
});

for (const where of ["a prompt", "the load"]) {
  test(`a callback that throws during ${where} rejects the call`, async () => {
    const thrown = new Error("from the callback");
    const onProgress = () => {
      throw thrown;
    };
    const isThrown = (error: unknown) => error === thrown;
    if (where === "the load") {
      await assert.rejects(Engine.load(openGguf(path), OPTIONS, { onProgress }), isThrown);
      return;
    }
    await withEngine(path, OPTIONS, async (engine) => {
      const cache = engine.createCache();
      const other = engine.createCache();
      const [logits] = await Promise.all([
        engine.evaluate(other, PROMPT),
        assert.rejects(engine.evaluate(cache, PROMPT, { onProgress }), isThrown),
      ]);
      cache.length = 0;
      assert.deepEqual(await engine.evaluate(cache, PROMPT), logits);
    });
  });
}

/** What may happen to a file after its head was read. */
const REPLACEMENTS: readonly {
  readonly by: string;
  readonly code: string;
  readonly replace: (file: string, size: number) => void;
}[] = [
  { by: "nothing", code: "not-found", replace: (file) => rmSync(file) },
  { by: "an empty file", code: "format", replace: (file) => truncateSync(file, 0) },
  { by: "a shorter one", code: "format", replace: (file, size) => truncateSync(file, size - 1000) },
  {
    by: "a folder",
    code: "unreadable",
    replace: (file) => {
      rmSync(file);
      mkdirSync(file);
    },
  },
  {
    by: "a FIFO",
    code: "unreadable",
    replace: (file) => {
      rmSync(file);
      execFileSync("mkfifo", [file]);
    },
  },
];

for (const { by, code, replace } of REPLACEMENTS) {
  const skip = by === "a FIFO" && process.platform === "win32";
  test(`a file that is replaced by ${by} before its weights are read is refused`, { skip }, async () => {
    const file = join(folder, `${by.replaceAll(" ", "-")}.gguf`);
    writeFixture(file, fixtureModel());
    const opened = openGguf(file);
    replace(file, opened.size);
    await assert.rejects(Engine.load(opened, OPTIONS), isSentence(code));
  });
}

/** A program of its own, that ends by itself; what it prints. */
async function printed(
  source: string,
  during: (child: ChildProcess) => Promise<void> = async () => {},
): Promise<string> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const ended = once(child, "close");
  await during(child);
  const [code] = await ended;
  assert.equal(code, 0);
  return text;
}

const LOAD = `
  import { Llama } from ${JSON.stringify(import.meta.resolve("#dist/llama.js"))};
  const llama = await Llama.load(${JSON.stringify(path)}, { threads: 2, batchSize: 8 });
`;

test("a model that is disposed of at work lets its program go on, with its workers unreferenced or not", async () => {
  const source = `${LOAD}
    const session = llama.createSession();
    const results = [session.evaluate(Array(100).fill(5)), session.evaluate([5])];
    const disposals = [llama.dispose(), llama.dispose()];
    const codes = (await Promise.allSettled(results)).map(({ reason }) => reason?.code);
    await Promise.all(disposals);
    const idle = await Llama.load(${JSON.stringify(path)}, { threads: 2 });
    await idle.dispose();
    await idle.dispose();
    console.log(codes.join(" "));
  `;
  assert.equal(await printed(source), "disposed disposed\n");
});

test("a process that is stopped and goes on gives the same answer", {
  skip: process.platform === "win32",
}, async () => {
  const source = `${LOAD}
    for (let i = 0; i < ${isWhole ? 8 : 4}; i++) {
      for await (const piece of llama.generate("the rain", { temperature: 0, ignoreEos: true, maxTokens: 100 })) {
        process.stdout.write(piece);
      }
    }
    await llama.dispose();
  `;
  const wanted = await printed(source);
  let stops = 0;
  const found = await printed(source, async (child) => {
    // Not while it starts, when nothing of it is under way.
    await once(child.stdout as Readable, "data");
    while (child.exitCode === null && stops < 8 && child.kill("SIGSTOP")) {
      stops++;
      await wait(20);
      child.kill("SIGCONT");
      await wait(10);
    }
  });
  assert.ok(stops > 1, `${stops} stops`);
  assert.equal(found, wanted);
});
