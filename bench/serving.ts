import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { randomModel } from "#dist/benchmark/random-model.js";
import { getShape } from "#dist/benchmark/shapes.js";
import { writeRandomModel } from "#dist/benchmark/write-model.js";
import { Program } from "./peers/program.js";

const CLIENTS = 8;
const TOKENS = 32;
const PROMPT = 8;
const ROUNDS = 2;
const CONTEXT = 512;

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What generates behind several prompts at once. */
interface Contestant {
  readonly name: string;
  readonly together: (prompts: readonly (readonly number[])[], count: number) => Promise<unknown>;
  readonly end: () => void;
}

/**
 * Tokens a second of one client and of eight at once, through `llama2 serve`, and of as many sequences of
 * node-llama-cpp in the same run where it is installed: bench/peers/README.md.
 * @param path of a model; by default random weights of 1.1b in Q4_0 are written and removed
 */
export async function benchServing(path?: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "llama2-bench-"));
  try {
    const model = path ?? join(folder, "model.gguf");
    if (path === undefined) await writeRandomModel(model, randomModel(getShape("1.1b"), "q4_0"));
    const contestants = [await ours(model), ...(await theirs(model))];
    try {
      await compare(contestants);
    } finally {
      for (const { end } of contestants) end();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(contestants: readonly Contestant[]): Promise<void> {
  const speeds = new Map<string, number[]>();
  for (const { together } of contestants) await together(promptsOf(CLIENTS, 0), 2);
  for (let round = 1; round <= ROUNDS; round++) {
    for (const { name, together } of contestants) {
      for (const clients of [1, CLIENTS]) {
        const prompts = promptsOf(clients, round);
        const start = performance.now();
        await together(prompts, TOKENS);
        const speed = (1000 * clients * TOKENS) / (performance.now() - start);
        const key = `${name}, ${clients}`;
        speeds.set(key, [...(speeds.get(key) ?? []), speed]);
      }
    }
  }
  const best = (name: string, clients: number) => Math.max(...(speeds.get(`${name}, ${clients}`) ?? []));
  const rows = contestants.map(({ name }) => {
    const [one, many] = [best(name, 1), best(name, CLIENTS)];
    const row = {
      "1 client, tok/s": one.toFixed(1),
      [`${CLIENTS} clients`]: many.toFixed(1),
      ratio: (many / one).toFixed(2),
    };
    return [name, row] as const;
  });
  console.log(
    `answers of ${TOKENS} tokens to prompts of ${PROMPT}, Node ${process.version}, the best of ${ROUNDS} rounds`,
  );
  console.table(Object.fromEntries(rows));
}

/** Prompts that nobody had before, so that no KV cache holds one. */
function promptsOf(clients: number, round: number): number[][] {
  return Array.from({ length: clients }, (_, client) =>
    Array.from({ length: PROMPT }, (_, i) => 1000 + 97 * client + 1013 * round + 31 * i),
  );
}

async function ours(model: string): Promise<Contestant> {
  const flags = ["--port", "0", "--parallel", String(CLIENTS), "--ctx-size", String(CONTEXT)];
  const child = spawn(process.execPath, [join(root, "bin/llama2.js"), "serve", "-m", model, ...flags], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const url = await addressOf(child);
  const ask = async (prompt: readonly number[], count: number) => {
    const body = JSON.stringify({ prompt, max_tokens: count, ignore_eos: true, temperature: 0 });
    const response = await fetch(`${url}/v1/completions`, { method: "POST", body });
    const { usage } = (await response.json()) as { usage?: { completion_tokens: number } };
    if (usage?.completion_tokens !== count) throw new Error(`the server answered with ${response.status}`);
  };
  return {
    name: "llama2 serve",
    together: (prompts, count) => Promise.all(prompts.map((prompt) => ask(prompt, count))),
    end: () => child.kill(),
  };
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    if (child.stderr === null) return;
    createInterface({ input: child.stderr }).on("line", (line) => {
      const url = /Listening at (\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
}

async function theirs(model: string): Promise<Contestant[]> {
  if (!existsSync(join(root, "bench/peers/node-llama-cpp/node_modules/node-llama-cpp"))) return [];
  const program = new Program("theirs");
  const threads = availableParallelism();
  const { version } = await program.ask({
    ...{ kind: "load", path: model, threads, contextSize: CONTEXT, sequences: CLIENTS },
  });
  return [
    {
      name: `node-llama-cpp ${version}`,
      together: (prompts, count) => program.ask({ kind: "together", prompts, count }),
      end: () => program.end(),
    },
  ];
}
