/** Compares llama2 with node-llama-cpp on the same files in one run; README.md says how to call it. */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { modelFacts } from "#dist/benchmark/model-source.js";
import { randomModel } from "#dist/benchmark/random-model.js";
import { getShape } from "#dist/benchmark/shapes.js";
import { writeRandomModel } from "#dist/benchmark/write-model.js";
import { openGguf } from "#dist/gguf/open.js";
import { type Agreement, compareAnswers, compareQuantized } from "./agreement.js";
import { compareForms, FORM_TITLES } from "./forms.js";
import { Program } from "./program.js";
import { type Comparison, compareSpeed } from "./speed.js";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    shape: { type: "string", default: "" },
    type: { type: "string", default: "q4_0" },
    layers: { type: "string" },
    threads: { type: "string", short: "t", default: String(availableParallelism()) },
    "n-prompt": { type: "string", short: "p", default: "128,512" },
    "n-gen": { type: "string", short: "n", default: "128" },
    pairs: { type: "string", default: "5" },
    greedy: { type: "string" },
    quantize: { type: "string" },
    schemas: { type: "string" },
    prompt: { type: "string", default: "Once upon a time" },
  },
});

const folder = mkdtempSync(join(tmpdir(), "llama2-peers-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

async function agreements(): Promise<void> {
  const table = new Table(["file", "prompt", "greedy tokens"]);
  const count = Number(flags.greedy ?? 64);
  for (const path of positionals) table.add(agreementRow(await compareAnswers(path, flags.prompt, count)));
  if (flags.quantize === undefined) return;
  for await (const found of compareQuantized(flags.quantize, folder, flags.prompt, count)) {
    table.add(agreementRow(found));
  }
}

async function speeds(): Promise<void> {
  const plan = {
    promptTokens: numbers(flags["n-prompt"]),
    generatedTokens: numbers(flags["n-gen"]),
    pairs: Number(flags.pairs),
  };
  await printMachine();
  const titles = ["model", "size", "threads", "what", "llama2", "node-llama-cpp", "ratio", "from", "to", "others"];
  const table = new Table(titles);
  for await (const path of files()) {
    const { name, type, bytes } = modelFacts(openGguf(path));
    const model = [`${name} ${type}`, `${(bytes / 2 ** 30).toFixed(2)} GiB`];
    for (const threads of numbers(flags.threads)) {
      for (const comparison of await compareSpeed(path, threads, plan)) {
        table.add([...model, String(threads), ...cells(comparison)]);
      }
    }
  }
}

/** The files named, then one for each shape in each type, there only while it is compared. */
async function* files(): AsyncGenerator<string> {
  yield* positionals;
  const layers = flags.layers === undefined ? undefined : Number(flags.layers);
  for (const shape of flags.shape.split(",").filter(Boolean)) {
    for (const typeName of flags.type.split(",")) {
      const path = join(folder, `${shape}-${typeName}.gguf`);
      await writeRandomModel(path, randomModel(getShape(shape, layers), typeName), { force: true });
      yield path;
      rmSync(path);
    }
  }
}

/** A ratio above 1 is in our favour, in speeds as in milliseconds and bytes. */
function cells({ what, unit, isSpeed, pairs, disturbance }: Comparison): string[] {
  const ratios = pairs.map(([ours, theirs]) => (isSpeed ? ours / theirs : theirs / ours)).sort((a, b) => a - b);
  const figure = (values: readonly number[]) => `${median(values).toPrecision(4)} ${unit}`;
  const range = [ratios[0], ratios.at(-1)].map((ratio) => (pairs.length > 1 ? (ratio?.toFixed(2) ?? "") : ""));
  return [
    what,
    figure(pairs.map(([ours]) => ours)),
    figure(pairs.map(([, theirs]) => theirs)),
    median(ratios).toFixed(2),
    ...range,
    disturbance === undefined ? "" : `${(100 * disturbance).toFixed(1)} %`,
  ];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2;
}

function numbers(list: string): number[] {
  return list.split(",").filter(Boolean).map(Number);
}

async function printMachine(): Promise<void> {
  const model = cpus()[0]?.model ?? "unknown processor";
  const date = new Date().toISOString().slice(0, 10);
  console.log(`${date}, ${model}, ${availableParallelism()} threads, Node ${process.version}, ${await versions()}\n`);
}

/** A model of a few kB tells what runs. */
async function versions(): Promise<string> {
  const path = join(folder, "smallest.gguf");
  await writeRandomModel(path, randomModel(getShape("stories15m", 1), "q8_0"), { force: true });
  const told: string[] = [];
  for (const [name, title] of [
    ["ours", "llama2"],
    ["theirs", "node-llama-cpp"],
  ] as const) {
    const program = new Program(name);
    const { version } = await program.ask({ kind: "load", path, threads: 1, contextSize: 256 });
    told.push(`${title} ${version}`);
    program.end();
  }
  return told.join(", ");
}

/** Prints a Markdown table a row at a time. */
class Table {
  constructor(titles: readonly string[]) {
    this.add(titles);
    this.add(titles.map(() => "---"));
  }

  add(row: readonly string[]): void {
    console.log(`| ${row.join(" | ")} |`);
  }
}

function agreementRow({ file, samePrompt, compared, same, sameEnd }: Agreement): string[] {
  const greedy = sameEnd ? `all ${compared} equal` : `${same} of ${compared} equal`;
  return [basename(file), samePrompt ? "equal" : "differs", greedy];
}

/** The cost of a JSON schema's form, for the first model that is named. */
async function forms(schemas: string): Promise<void> {
  const [path] = positionals;
  if (path === undefined) throw new RangeError("Name a model with a vocabulary of words.");
  await printMachine();
  const table = new Table(FORM_TITLES);
  for (const row of await compareForms(path, schemas, numbers(flags["n-gen"])[0] ?? 128)) table.add(row);
}

if (flags.schemas !== undefined) await forms(flags.schemas);
else await (flags.quantize === undefined && flags.greedy === undefined ? speeds() : agreements());
