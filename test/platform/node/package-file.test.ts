import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../helpers/paths.js";
import { temporaryFolder } from "../../helpers/temporary.js";

test("files of another folder above a bundle are not taken for the package's", async () => {
  const folder = temporaryFolder();
  const module = "dist/platform/node/package-file.js";
  const name = "dist/kernels/decoy.wasm";
  for (const file of [module, "dist/errors.js"]) cpSync(join(root, file), join(folder, file), { recursive: true });
  mkdirSync(join(folder, "dist/kernels"));
  writeFileSync(join(folder, name), "");
  writeFileSync(join(folder, "package.json"), '{"type": "module", "name": "somebody-else"}');
  const { findPackageFile } = (await import(pathToFileURL(join(folder, module)).href)) as {
    findPackageFile: (path: string) => URL | undefined;
  };
  assert.equal(findPackageFile(name), undefined);
  writeFileSync(join(folder, "package.json"), '{"type": "module", "name": "llama2"}');
  assert.equal(findPackageFile(name)?.href, pathToFileURL(join(folder, name)).href);
});
