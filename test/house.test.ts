/** What the documents and the style say of the tree is so. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { KERNEL_BUILDS } from "#dist/kernels/load.js";
import { root } from "./helpers/paths.js";

const MOST_LINES = 300;
const MOST_COLUMNS = 120;
const ROOMS = ["src", "assembly", "test", "training", "tools", "bench", "bin", "examples"];
/** Written by a program, or a log whose entries stay as they were written. */
const GENERATED = new Set(["API.md", "SPEED.md"]);

/** Paths from the root, with forward slashes. */
function pathsBelow(room: string): string[] {
  return readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
    .map((path) => join(room, path).replaceAll("\\", "/"))
    .filter((path) => !path.includes("node_modules"));
}

const paths = ROOMS.flatMap(pathsBelow);
const folders = new Set([...ROOMS, ...paths.filter((path) => statSync(join(root, path)).isDirectory())]);
const sources = paths.filter((path) => /\.(ts|js)$/.test(path));
const documents = readdirSync(root).filter((name) => name.endsWith(".md"));
const read = (path: string) => readFileSync(join(root, path), "utf8").replaceAll("\r\n", "\n");
const linesOf = (path: string) => read(path).replace(/\n$/, "").split("\n");
const columnsOf = (line: string) => [...line].length;

/** Markdown but for its tables and what stands in fences: there are lines that a program printed. */
function proseOf(path: string): { readonly line: string; readonly number: number }[] {
  let isFenced = false;
  return linesOf(path)
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => {
      const isFence = line.trimStart().startsWith("```");
      if (isFence) isFenced = !isFenced;
      return !isFence && !isFenced && !line.trimStart().startsWith("|");
    });
}

test("no source file has more than 300 lines", () => {
  const long = sources.map((path) => ({ path, lines: linesOf(path).length })).filter(({ lines }) => lines > MOST_LINES);
  assert.deepEqual(long, []);
});

test("no comment and no paragraph goes past 120 columns; of code biome says so", () => {
  const isComment = (line: string) => /^\s*(\*|\/\/|\/\*)/.test(line);
  const comments = sources.flatMap((path) =>
    linesOf(path).map((line, i) => ({ path, line: isComment(line) ? line : "", number: i + 1 })),
  );
  const paragraphs = documents
    .filter((path) => !GENERATED.has(path))
    .flatMap((path) => proseOf(path).map((prose) => ({ path, ...prose })));
  const long = [...comments, ...paragraphs].filter(({ line }) => columnsOf(line) > MOST_COLUMNS);
  assert.deepEqual(
    long.map(({ path, number }) => `${path}:${number}`),
    [],
  );
});

interface Row {
  readonly folders: readonly string[];
  text: string;
}

/** The map: each row names folders or a file, by its indentation below another row's folder, and says what is there. */
function readMap(): Row[] {
  const [, map = ""] = /## The map\n+```\n([\s\S]*?)```/.exec(read("ARCHITECTURE.md")) ?? [];
  const rows: Row[] = [];
  const above: { readonly indent: number; readonly folder: string }[] = [];
  for (const line of map.split("\n").filter((text) => text.trim() !== "")) {
    const indent = line.search(/\S/);
    const last = rows.at(-1);
    if (indent > 8 && last !== undefined) {
      last.text += ` ${line.trim()}`;
      continue;
    }
    while ((above.at(-1)?.indent ?? -1) >= indent) above.pop();
    const parent = above.at(-1)?.folder ?? "";
    const names = /^\s*((?:[\w.-]+\/ ?)+)(?=\s|$)/.exec(line)?.[1]?.trim().split(" ") ?? [];
    const named = names.map((name) => parent + name);
    rows.push({ folders: named.length > 0 ? named : [parent], text: line.slice(indent) });
    if (named.length === 1) above.push({ indent, folder: named[0] as string });
  }
  return rows;
}

const FILE = /(?<![\w/.*-])[\w./-]*\w\.(?:ts|js)\b/g;

test("the map in ARCHITECTURE names every folder of src and assembly, and none that is not there", () => {
  const rows = readMap();
  assert.ok(rows.length > 30, `${rows.length} rows`);
  const named = new Set<string>();
  for (const row of rows) {
    for (const folder of row.folders) named.add(folder.replace(/\/$/, ""));
    const [first = "", second] = row.folders;
    const folder = second === undefined ? first : first.replace(/[\w-]+\/$/, "");
    for (const [, name = ""] of row.text.matchAll(/(?<![\w/.])((?:[\w-]+\/)*[\w-]+)\/(?![\w])/g)) {
      if (!folders.has(name) && !row.folders.some((whole) => whole.endsWith(`${name}/`))) named.add(`${folder}${name}`);
    }
  }
  const missing = [...folders].filter((path) => /^(src|assembly)(\/|$)/.test(path) && !named.has(path));
  assert.deepEqual(missing, [], "folders that are not on the map");
  const gone = [...named].filter((path) => path !== "" && !folders.has(path) && !existsSync(join(root, path)));
  assert.deepEqual(gone, [], "on the map, but not there");
});

test("the files that a row of the map names are in its folder", () => {
  const missing = readMap().flatMap((row) =>
    [...row.text.matchAll(FILE)]
      .map(([name]) => name)
      .filter((name) => {
        if (existsSync(join(root, name))) return false;
        return !paths.some((path) => row.folders.some((at) => path.startsWith(at)) && path.endsWith(`/${name}`));
      })
      .map((name) => `${row.folders.join(" ")} ${name}`),
  );
  assert.deepEqual(missing, []);
});

test("every source file that the documents name exists", () => {
  const all = new Set(paths.map((path) => `/${path}`));
  const exists = (name: string) => existsSync(join(root, name)) || [...all].some((path) => path.endsWith(`/${name}`));
  const named = ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "RELIABILITY.md", "SECURITY.md"].flatMap((path) =>
    proseOf(path).flatMap(({ line, number }) =>
      [...line.matchAll(FILE)].map(([name]) => ({ name, where: `${path}:${number} ${name}` })),
    ),
  );
  assert.ok(named.length > 40, `${named.length} names`);
  // What is built is not in the tree, and names without an ending of ours are not of it.
  const missing = named.filter(({ name }) => !/^(dist|build)\//.test(name) && !exists(name));
  assert.deepEqual(
    missing.map(({ where }) => where),
    [],
  );
});

interface Override {
  readonly includes: readonly string[];
  readonly linter?: { readonly rules?: { readonly correctness?: { readonly noNodejsModules?: string } } };
}

interface Biome {
  readonly linter: { readonly rules: { readonly suspicious: { readonly noImportCycles: string } } };
  readonly overrides: readonly Override[];
}

test("import cycles are errors, and so are Node's modules outside of the rooms that ARCHITECTURE names", () => {
  const biome = JSON.parse(read("biome.json")) as Biome;
  assert.equal(biome.linter.rules.suspicious.noImportCycles, "error");
  const rules = biome.overrides.filter(({ linter }) => linter?.rules?.correctness?.noNodejsModules === "error");
  assert.equal(rules.length, 1);
  const [rule] = rules;
  const [first, ...others] = rule?.includes ?? [];
  assert.equal(first, "src/**");
  const rooms = others.map((pattern) => /^!src\/([\w-]+)\/\*\*$/.exec(pattern)?.[1] ?? assert.fail(pattern));
  const [, said = ""] =
    /import of Node's modules\s+outside of ((?:`[\w-]+`[,\s]*(?:and )?)+)/.exec(read("ARCHITECTURE.md")) ?? [];
  assert.deepEqual(Array.from(said.matchAll(/`([\w-]+)`/g), ([, room]) => room).sort(), [...rooms].sort());
  const strangers = sources
    .filter((path) => path.startsWith("src/") && !rooms.some((room) => path.startsWith(`src/${room}/`)))
    .filter((path) => /\b(?:from|import)\s*\(?\s*["']node:/.test(read(path)));
  assert.deepEqual(strangers, []);
});

test("the package has all builds of the kernels", () => {
  const { files } = JSON.parse(read("package.json")) as { files: readonly string[] };
  assert.ok(files.includes("dist/kernels/*.wasm"));
  const built = readdirSync(join(root, "dist", "kernels")).filter((name) => name.endsWith(".wasm"));
  assert.deepEqual(built.sort(), [...KERNEL_BUILDS, "quantize"].map((build) => `${build}.wasm`).sort());
});

test("every folder of tests is a folder of what it tests, or has no tests that mirror one", () => {
  const OF_THEIR_OWN = new Set(["helpers", "attacks", "fuzz", "soak", "consumers", "browser", "clients", "training"]);
  const strangers = [...folders]
    .filter((path) => path.startsWith("test/"))
    .map((path) => path.slice("test/".length))
    .filter((path) => !OF_THEIR_OWN.has(path.split("/")[0] as string))
    .filter((path) => !folders.has(`src/${path}`) && !folders.has(path));
  assert.deepEqual(strangers, []);
});

test("a test that has the name of a source file in its room lies where that file lies", () => {
  const tests = paths.filter((path) => /^test\/[^/]+\/.*\.test\.ts$/.test(path) && !path.startsWith("test/training/"));
  const strangers = tests.filter((path) => {
    const where = path.slice("test/".length).replace(/\.test\.ts$/, ".ts");
    const room = where.slice(0, where.indexOf("/") + 1);
    const twins = sources
      .map((source) => source.replace(/^src\//, ""))
      .filter((source) => source.startsWith(room) && basename(source) === basename(where));
    return twins.length > 0 && !twins.includes(where);
  });
  assert.deepEqual(strangers, []);
});
