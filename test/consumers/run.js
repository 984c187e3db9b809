/**
 * Uses the packed tarball as programs do: in TypeScript without the DOM's types, bundled by esbuild, webpack, Vite and
 * Rollup, installed by npm, pnpm and Yarn with Plug'n'Play, in a folder of an odd name. Each must print the same.
 *
 * usage: node test/consumers/run.js [NAME...]
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const tools = join(here, "node_modules");
const work = mkdtempSync(join(tmpdir(), "llama2-consumers-"));
const EXPECTED = /^\{"text":".+","answer":"3 \+ 4 = 7\. ?"\}$/;

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 * @param {Record<string, string>} variables
 */
function run(command, args, cwd, variables = {}) {
  const env = { ...process.env, ...variables, YARN_ENABLE_TELEMETRY: "0", CI: "true" };
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env }).trim();
  } catch (error) {
    const { stdout = "", stderr = "" } = /** @type {{ stdout?: string, stderr?: string }} */ (error);
    // A bundle is one line of 100 kB, which Node shows with the error.
    const lines = `${stdout}${stderr}`.split("\n").filter((line) => line.length < 1000);
    throw new Error(`${command} ${args.join(" ")}\n${lines.join("\n")}`);
  }
}

/** @param {string[]} args @param {string} cwd */
const node = (args, cwd) => run(process.execPath, args, cwd);

/** A folder with the program and the package in it. @param {string} name @param {object} manifest */
function project(name, manifest = {}) {
  const folder = join(work, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", type: "module", ...manifest }));
  for (const file of ["program.js", "program.ts"]) copyFileSync(join(here, file), join(folder, file));
  return folder;
}

/** @param {string} name */
function npmProject(name) {
  const folder = project(name);
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball], folder);
  return folder;
}

/** @param {string} printed */
function expectAnswer(printed) {
  if (!EXPECTED.test(printed)) throw new Error(`printed ${printed}`);
}

/**
 * A bundle beside the installed package finds its files; alone it says what to do.
 * @param {string} folder
 * @param {string} file
 */
function expectBundle(folder, file) {
  expectAnswer(node([file], folder));
  const alone = mkdtempSync(join(work, "alone-"));
  writeFileSync(join(alone, "package.json"), '{"type":"module"}');
  cpSync(dirname(join(folder, file)), join(alone, "out"), { recursive: true });
  rmSync(join(folder, "node_modules"), { recursive: true });
  const model = join(here, "../../models/tiny-llama-Q8_0.gguf");
  // Node would show the bundle's one long line with the error, more than the pipe takes before the process has ended.
  const bundle = JSON.stringify(`./out/${file.slice(file.lastIndexOf("/") + 1)}`);
  const program = `import(${bundle}).catch((error) => { console.error(String(error)); process.exitCode = 1; })`;
  try {
    run(process.execPath, ["-e", program], alone, { MODEL: model });
  } catch (error) {
    if (/LlamaError\]?: dist\/kernels.*bundler.*external/.test(String(error))) return;
    throw error;
  }
  throw new Error("a bundle without the package's files ran");
}

/** @type {Record<string, () => void>} */
const CONSUMERS = {
  "npm, in a folder of an odd name": () => {
    const folder = npmProject("a b%20c #ü 'x' [1] (2) & $HOME");
    expectAnswer(node(["program.js"], folder));
    const warnings = run("npm", ["install", "--no-audit", "--no-fund", "--force", tarball], folder);
    if (/install script/i.test(warnings)) throw new Error(warnings);
  },
  "TypeScript without the DOM": () => {
    const folder = npmProject("typescript");
    cpSync(join(tools, "@types"), join(folder, "node_modules/@types"), { recursive: true });
    cpSync(join(tools, "undici-types"), join(folder, "node_modules/undici-types"), { recursive: true });
    const flags = ["--strict", "--lib", "es2022", "--types", "node", "--target", "es2022", "--module", "nodenext"];
    node(
      [join(tools, "typescript/bin/tsc"), ...flags, "--exactOptionalPropertyTypes", "program.ts", "--outDir", "out"],
      folder,
    );
    expectAnswer(node(["out/program.js"], folder));
  },
  esbuild: () => {
    const folder = npmProject("esbuild");
    const flags = ["program.js", "--bundle", "--platform=node", "--format=esm", "--outfile=out/bundle.mjs"];
    run(join(tools, "esbuild/bin/esbuild"), flags, folder);
    expectBundle(folder, "out/bundle.mjs");
  },
  webpack: () => {
    const folder = npmProject("webpack");
    const config = `export default { target: "node20", mode: "production", entry: "./program.js",
      experiments: { outputModule: true, topLevelAwait: true },
      output: { path: import.meta.dirname + "/out", filename: "bundle.mjs", module: true, chunkFormat: "module" } };`;
    writeFileSync(join(folder, "webpack.config.mjs"), config);
    node([join(tools, "webpack/bin/webpack.js"), "--config", "webpack.config.mjs"], folder);
    expectBundle(folder, "out/bundle.mjs");
  },
  "Vite SSR": () => {
    const folder = npmProject("vite");
    writeFileSync(
      join(folder, "vite.config.js"),
      `export default { ssr: { noExternal: ["llama2"], target: "node" }, build: { ssr: "program.js", outDir: "out", target: "node20" } };`,
    );
    node([join(tools, "vite/bin/vite.js"), "build", "--logLevel", "error"], folder);
    expectBundle(folder, "out/program.js");
  },
  Rollup: () => {
    const folder = npmProject("rollup");
    writeFileSync(
      join(folder, "rollup.config.mjs"),
      `import { nodeResolve } from ${JSON.stringify(join(tools, "@rollup/plugin-node-resolve/dist/es/index.js"))};
       export default { input: "program.js", output: { dir: "out", format: "es", entryFileNames: "bundle.mjs" },
         plugins: [nodeResolve({ exportConditions: ["node"], preferBuiltins: true })] };`,
    );
    node([join(tools, "rollup/dist/bin/rollup"), "-c", "rollup.config.mjs", "--silent"], folder);
    expectBundle(folder, "out/bundle.mjs");
  },
  pnpm: () => {
    const folder = project("pnpm");
    node([join(tools, "pnpm/bin/pnpm.cjs"), "add", "--store-dir", join(work, "pnpm-store"), tarball], folder);
    expectAnswer(node(["program.js"], folder));
  },
  "Yarn Plug'n'Play": () => {
    const folder = project("yarn");
    const registry = run("npm", ["config", "get", "registry"], folder);
    writeFileSync(
      join(folder, ".yarnrc.yml"),
      [
        "nodeLinker: pnp",
        `npmRegistryServer: ${JSON.stringify(registry)}`,
        `unsafeHttpWhitelist: [${JSON.stringify(new URL(registry).hostname)}]`,
        `globalFolder: ${JSON.stringify(join(work, "yarn-global"))}`,
        "enableImmutableInstalls: false",
      ].join("\n"),
    );
    writeFileSync(join(folder, "yarn.lock"), "");
    const yarn = join(tools, "@yarnpkg/cli-dist/bin/yarn.js");
    node([yarn, "add", `llama2@file:${tarball}`], folder);
    expectAnswer(node([yarn, "node", "program.js"], folder));
  },
};

run("npm", ["pack", "--pack-destination", work], join(here, "../.."));
const tarball = join(work, String(readdirSync(work).find((name) => name.endsWith(".tgz"))));
const wanted = process.argv.slice(2);
try {
  for (const [name, consume] of Object.entries(CONSUMERS)) {
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    try {
      consume();
      console.log(`ok: ${name}`);
    } catch (error) {
      process.exitCode = 1;
      console.error(`failed: ${name}\n${error instanceof Error ? error.message : String(error)}`);
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
