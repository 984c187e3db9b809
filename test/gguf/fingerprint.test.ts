import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { fingerprint } from "#dist/gguf/fingerprint.js";
import { openGguf } from "#dist/gguf/open.js";
import { type FixtureShape, fixtureModel, text, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();

function written(name: string, shape: Partial<FixtureShape> = {}): string {
  const path = join(folder, name);
  writeFixture(path, fixtureModel(shape));
  return path;
}

test("a copy has the same fingerprint, other weights, metadata and types another", () => {
  const path = written("model.gguf");
  const own = fingerprint(openGguf(path));
  assert.match(own, /^[0-9a-f]{64}$/);
  copyFileSync(path, join(folder, "copy.gguf"));
  assert.equal(fingerprint(openGguf(join(folder, "copy.gguf"))), own);
  const others: readonly Partial<FixtureShape>[] = [
    { seed: 2 },
    { type: "F16" },
    { metadata: { "general.name": text("another") } },
  ];
  for (const [i, shape] of others.entries()) {
    assert.notEqual(fingerprint(openGguf(written(`other-${i}.gguf`, shape))), own, JSON.stringify(shape));
  }
});

test("a model that is no longer there has none", () => {
  const file = { ...openGguf(written("gone.gguf")), path: join(folder, "nowhere.gguf") };
  assert.throws(
    () => fingerprint(file),
    (error) => error instanceof LlamaError && error.code === "not-found",
  );
});
