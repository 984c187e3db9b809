import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openGguf } from "#dist/gguf/open.js";
import { llama2 } from "../../helpers/command.js";
import { spread } from "../../helpers/long.js";
import { fixtureModel, writeFixture } from "../../helpers/model-fixture.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const folder = temporaryFolder();
const model = join(folder, "model.gguf");
const other = join(folder, "other.gguf");
writeFixture(model, fixtureModel({ type: "Q8_0" }));
writeFixture(other, fixtureModel({ seed: 2 }));

/** Small enough for a fixture, and without the half second that memory takes to measure. */
const QUICK = ["-p", "8", "-n", "2", "-r", "2", "-t", "1", "--no-bandwidth"];

interface Record {
  readonly [name: string]: unknown;
  readonly test: string;
  readonly logits_hash: string;
  readonly samples_ts: readonly number[];
}

async function records(...args: string[]): Promise<Record[]> {
  const { code, stdout, stderr } = await runCommand(["bench", ...args, "-o", "json"]);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  return JSON.parse(stdout) as Record[];
}

test("the table has a line a test, with a speed and what it takes to understand it", async () => {
  const { code, stdout, stderr } = await runCommand(["bench", model, ...QUICK]);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  assert.equal(rows.length, 4);
  const [titles = [], , prompt = [], generated = []] = rows;
  const wanted = ["model", "size", "params", "threads", "kernels", "test", "t/s", "ms/token", "GB/s", "of memory"];
  assert.deepEqual(titles.slice(1, -1), [...wanted, "logits"]);
  const value = (row: string[], title: string) => row[titles.indexOf(title)] ?? "";
  assert.equal(value(prompt, "model"), "seeded 1 Q8_0");
  assert.equal(value(prompt, "test"), "pp8");
  assert.equal(value(generated, "test"), "tg2");
  assert.match(value(generated, "t/s"), /^\d+\.\d\d ± \d+\.\d\d$/);
  assert.match(value(generated, "logits"), /^[0-9a-f]{12}$/);
  assert.ok(Number(value(generated, "ms/token")) > 0);
  assert.ok(rows.every((row) => row.length === titles.length));
});

test("a terminal gets a table of 80 columns, with what its columns mean", async () => {
  const args = ["bench", model, "-p", "8", "-n", "2", "-d", "0,16", "-t", "1,2", "-ctk", "f16", "--no-bandwidth"];
  const { stdout, stderr } = await runCommand([...args, "-r", "1"], { columns: 80, env: { TERM: "dumb" } });
  assert.ok(stdout.split("\n").every((line) => line.length < 80));
  assert.match(
    stdout,
    /^seeded 1 Q8_0 · [\d.]+ KiB · 99 K parameters\n1 thread · \w+ kernels · type_k f16\n\| +test \|/,
  );
  assert.match(stdout, /\n\nseeded 1 Q8_0 · .*\n2 threads · /);
  assert.equal(stdout.match(/\| +test \|/g)?.length, 2);
  assert.doesNotMatch(stdout, /±/, "one repetition has no deviation");
  assert.match(stderr, /t\/s +tokens per second: mean ± standard deviation[\s\S]*logits +hash/);
});

test("the share of memory's speed is there unless it is unwanted", async () => {
  const { stdout } = await runCommand(["bench", model, "-p", "0", "-n", "2", "-r", "1"]);
  assert.match(stdout, /\d% \|/);
});

test("JSON, JSON lines and CSV have the same records", async () => {
  const args = [model, ...QUICK];
  const json = await records(...args);
  const lines = (await runCommand(["bench", ...args, "-o", "jsonl"])).stdout.trimEnd().split("\n");
  const csv = (await runCommand(["bench", ...args, "-o", "csv"])).stdout.trimEnd().split("\n");
  assert.equal(json.length, 2);
  assert.deepEqual(Object.keys(JSON.parse(lines[1] ?? "") as Record), Object.keys(json[1] ?? {}));
  const cells = (line: string) => line.slice(1, -1).split('","');
  const [names = []] = csv.map(cells);
  assert.deepEqual(names, Object.keys(json[0] ?? {}));
  for (const name of ["test", "n_prompt", "n_gen", "model_type", "bytes_read", "logits_hash"]) {
    assert.equal(cells(csv[1] ?? "")[names.indexOf(name)], String(json[0]?.[name]));
    assert.equal((JSON.parse(lines[0] ?? "") as Record)[name], json[0]?.[name]);
  }
  assert.equal(json[0]?.samples_ts.length, 2);
});

test("lists and repeated flags make a cross product", async () => {
  // Each combination has an engine of its own; that batch sizes are combined, too, is a test of the runner.
  const batchSizes = spread(["2", "8"], 1);
  const found = await records(
    "-m",
    `${model},${other}`,
    ...["-p", "4,8", "-n", "0", "-pg", "4,2", "-d", "0", "-d", "3"],
    ...[
      "-t",
      "1,2",
      "-b",
      batchSizes.join(","),
      "-ctk",
      "f16,f32",
      "-ctv",
      "f32",
      "-r",
      "1",
      "--no-warmup",
      "--no-bandwidth",
    ],
  );
  assert.equal(found.length, 2 * 3 * 2 * 2 * 2 * batchSizes.length);
  const tests = new Set(found.map((record) => record.test));
  assert.deepEqual([...tests], ["pp4", "pp8", "pp4+tg2", "pp4 @ d3", "pp8 @ d3", "pp4+tg2 @ d3"]);
  const kinds = found.map((record) =>
    ["model_filename", "test", "n_threads", "n_batch", "type_k"].map((name) => record[name]).join(" "),
  );
  assert.equal(new Set(kinds).size, found.length);
  assert.ok(found.every((record) => record["type_v"] === "f32"));
  const hashes = (threads: number) => found.filter((r) => r["n_threads"] === threads).map((r) => r.logits_hash);
  assert.deepEqual(hashes(1), hashes(2));
});

test("a shape needs no file, in several types, and can be written to one", async () => {
  const shape = ["--shape", "stories15m", "--layers", "1"];
  const found = await records(...shape, "--type", "q4_0,q8_0", ...QUICK);
  assert.deepEqual(
    found.map((record) => record["model_type"]),
    ["Q4_0", "Q4_0", "Q8_0", "Q8_0"],
  );
  const path = join(folder, "shape.gguf");
  const { code, stdout, stderr } = await runCommand(["bench", ...shape, "--type", "q8_0", "--write", path]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "");
  assert.equal(openGguf(path).tensors.length, 11);
  const written = await records(path, ...QUICK);
  assert.deepEqual(
    written.map((record) => record.logits_hash),
    found.slice(2).map((record) => record.logits_hash),
  );
});

test("--kernels alone times the kernels one by one", async () => {
  const { code, stdout, stderr } = await runCommand(["bench", "--type", "q4_0", "--kernels"]);
  assert.equal(code, 0, stderr);
  const kernels = stdout.split("\n").map((line) => line.split("|")[1]?.trim());
  assert.ok(kernels.includes("q4_0_matvec") && kernels.includes("q4_0_matmul"));
  assert.match(stdout, /\d GB\/s \|/);
});

test("without a model the one in the package is measured", async () => {
  assert.match((await runCommand(["bench", ...QUICK])).stderr, /^Using tiny-llama/);
});

const BAD: readonly (readonly [what: string, args: string[], says: RegExp])[] = [
  ["a missing file", [join(folder, "none.gguf")], /There is no file/],
  ["an unknown shape", ["--shape", "8b"], /There is no shape "8b"/],
  ["an unknown type", ["--shape", "7b", "--type", "q9"], /There is no weight type "q9"/],
  ["a type without a shape", [model, "--type", "q4_0"], /--shape/],
  ["too many layers", ["--shape", "7b", "--layers", "99"], /99/],
  ["no repetitions", [model, "-r", "0"], /-r, --repetitions must be a whole number of 1 or more \(got 0\)/],
  ["threads out of range", [model, "-t", "1,0"], /-t, --threads must be a whole number from 1 to 128 \(got 0\)/],
  ["nothing to do", [model, "-p", "0", "-n", "0"], /nothing to measure/],
  ["a pair of one", [model, "-pg", "5"], /-pg, --prompt-gen must be two numbers, such as 512,128 \(got 5\)/],
  ["a format that is none", [model, "-o", "xml"], /-o, --output must be one of md, csv, json, jsonl \(got "xml"\)/],
  ["a model that does not fit", ["--shape", "70b", "--memory-limit", "1.5G"], /the limit is 1\.5/],
  ["a size that is none", ["--shape", "70b", "--memory-limit", "much"], /must be a size such as 500M or 6G/],
  ["two shapes for one file", ["--shape", "7b,13b", "--write", join(folder, "two.gguf")], /exactly one/],
  ["a file and a shape to write", [model, "--shape", "7b", "--write", join(folder, "two.gguf")], /exactly one/],
  ["a file that is there", ["--shape", "stories15m", "--write", model], /already exists; .* --force/],
  ["a folder to write", ["--shape", "stories15m", "--write", folder], /is a folder|is a directory/],
];

for (const [what, args, says] of BAD) {
  test(`one sentence and exit 1 for ${what}`, async () => {
    const { code, stdout, stderr } = await runCommand(["bench", ...args]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, says);
    assert.match(stderr, /^error: [^\n]+\.\n$/);
  });
}

test("Ctrl-C ends with what was measured and 130", { skip: process.platform === "win32" }, async () => {
  const args = [model, "-p", "8", "-n", "100", "-r", "200", "-t", "1", "--no-bandwidth", "-o", "json", "--progress"];
  const { code, stdout, stderr } = await llama2(["bench", ...args], {
    onStderr: (text, kill) => {
      if (text.includes("tg100: repetition 2 ")) kill("SIGINT");
    },
  });
  assert.equal(code, 130, stderr);
  assert.deepEqual(
    (JSON.parse(stdout) as Record[]).map((record) => record.test),
    ["pp8"],
  );
});
