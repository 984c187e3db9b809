import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { root } from "../helpers/paths.js";

/** What a bundled file loads before its first line runs, directly or by others: packages and Node's own modules. */
function loadedAtOnce(file: string, seen = new Set<string>(), packages = new Set<string>()): Set<string> {
  if (seen.has(file)) return packages;
  seen.add(file);
  for (const [, name = ""] of readFileSync(file, "utf8").matchAll(/^(?:import|export)\b[^;]*?['"]([^'"]+)['"];$/gm)) {
    if (name.startsWith(".")) loadedAtOnce(join(dirname(file), name), seen, packages);
    else packages.add(name);
  }
  return packages;
}

const bundled = (name: string) => loadedAtOnce(join(root, "dist/bundle", name));

// Each of these takes 5 to 15 ms, in a command that can have told its first tokens after 150.
const SLOW = /^(?:ora|string-width|tinybench|@.*|node:(?:crypto|http|https|tls|readline|repl|inspector|util\/.*))$/;

for (const name of ["cli.js", "generate.js", "engine-worker.js"]) {
  test(`${name} starts without what takes long to load`, () => {
    const loaded = [...bundled(name)];
    assert.ok(loaded.includes("node:fs"), loaded.join());
    assert.deepEqual(
      loaded.filter((module) => SLOW.test(module)),
      [],
    );
  });
}
