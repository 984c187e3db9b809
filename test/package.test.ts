import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { KERNEL_BUILDS } from "#dist/kernels/load.js";
import { fixtureModel, writeFixture } from "./helpers/model-fixture.js";
import { root } from "./helpers/paths.js";
import { temporaryFolder } from "./helpers/temporary.js";

const folder = temporaryFolder();

function npm(args: readonly string[], cwd: string): string {
  return execFileSync("npm", args, {
    cwd,
    encoding: "utf8",
    shell: process.platform === "win32",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

test("the packed tarball installs in an empty folder and generates, without a build", () => {
  npm(["pack", "--ignore-scripts", "--pack-destination", folder], root);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  assert.ok(tarball);
  const app = join(folder, "app");
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), "{}");
  npm(["install", "--ignore-scripts", "--prefer-offline", join(folder, tarball)], app);
  writeFixture(join(app, "model.gguf"), fixtureModel());
  const flags = ["--temp", "0", "-n", "5", "--ignore-eos", "--json"];
  const report = npm(["exec", "llama2", "--", "generate", "-m", "model.gguf", "-p", "the", ...flags], app);
  assert.equal((JSON.parse(report) as { tokens: number[] }).tokens.length, 5);
  const library = `import { Llama } from "llama2";
    const llama = await Llama.load("model.gguf");
    for await (const text of llama.generate("the", { maxTokens: 3 })) process.stdout.write(text);`;
  execFileSync(process.execPath, ["--input-type=module", "-e", library], { cwd: app });
  const installed = readdirSync(join(app, "node_modules", "llama2"), { recursive: true, encoding: "utf8" });
  for (const build of KERNEL_BUILDS) assert.ok(installed.includes(join("dist", "kernels", `${build}.wasm`)), build);
  const bytes = readdirSync(join(app, "node_modules"), { recursive: true, withFileTypes: true, encoding: "utf8" })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  assert.ok(bytes <= 8_000_000, `${bytes} bytes are installed`);
  assert.ok(installed.every((file) => !/\.(node|gyp|map)$/.test(file) && !file.startsWith("src")));
});
