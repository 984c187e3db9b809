import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { readTensorData } from "#dist/gguf/data.js";
import { openGguf } from "#dist/gguf/open.js";
import { quantizeFile } from "#dist/quantize/quantize-file.js";
import { fixtureAdapter, merged, writeAdapter } from "../helpers/adapter-fixture.js";
import { llama2 } from "../helpers/command.js";
import { withEngine } from "../helpers/engine.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { ScalarModel } from "../helpers/scalar-model.js";
import { temporaryFolder } from "../helpers/temporary.js";
import { assertNmse } from "../helpers/tolerance.js";

const folder = temporaryFolder();
const IDS = [1, 260, 270, 285, 262, 3, 200];

// Rows of which several make a piece, and one that is larger than a piece.
for (const [what, shape] of [
  ["small", {}],
  ["a mixture", { experts: 3, expertsUsed: 2 }],
  ["a mixture with tensors apart", { experts: 3, expertsUsed: 2, isSplit: true }],
  ["in several pieces", { dim: 512, hiddenDim: 1024, layers: 1 }],
] as const) {
  test(`adapters are merged before weights are rounded: ${what}`, async () => {
    const model = fixtureModel(shape);
    const adapters = [fixtureAdapter(model), fixtureAdapter(model, { seed: 9, type: "F16", rank: 3 })] as const;
    const input = join(folder, "base.gguf");
    writeFixture(input, model);
    const paths = adapters.map((adapter, i) => {
      const path = join(folder, `adapter-${i}.gguf`);
      writeAdapter(path, adapter);
      return path;
    }) as [string, string];
    const scalar = new ScalarModel(merged(model, [adapters[0], 0.5], [adapters[1], -1]));
    const exact = IDS.map((id) => scalar.step(id)).at(-1) ?? [];
    const loras = [
      { path: paths[0], scale: 0.5 },
      { path: paths[1], scale: -1 },
    ];
    for (const [type, limit] of [
      ["F16", 1e-5],
      ["Q8_0", 1e-2],
    ] as const) {
      const output = join(folder, `merged-${type}.gguf`);
      await quantizeFile(input, output, type, { loras, force: true });
      await withEngine(output, {}, async (engine) => {
        assertNmse(await engine.evaluate(engine.createCache(), IDS), exact, limit);
      });
    }
  });
}

test("scale 0 gives the very bytes of no adapter, and an F16 model keeps the bits that no adapter changes", async () => {
  const model = fixtureModel({ type: "F16" });
  const adapter = fixtureAdapter(model, { changes: (name) => name.includes("attn_q") });
  const [input, path] = [join(folder, "f16.gguf"), join(folder, "q.gguf")];
  writeFixture(input, model);
  writeAdapter(path, adapter);
  const bytesOf = async (loras: readonly { path: string; scale?: number }[]) => {
    const output = join(folder, "out.gguf");
    await quantizeFile(input, output, "F16", { loras, force: true });
    return new Map(openGguf(output).tensors.map((tensor) => [tensor.name, Buffer.from(readTensorData(tensor))]));
  };
  const without = await bytesOf([]);
  assert.deepEqual(await bytesOf([{ path, scale: 0 }]), without);
  const changed = await bytesOf([{ path }]);
  const names = [...changed].filter(([name, bytes]) => !without.get(name)?.equals(bytes)).map(([name]) => name);
  assert.deepEqual(names, ["blk.0.attn_q.weight", "blk.1.attn_q.weight"]);
});

test("a quantised base, another model's adapter and what is none are refused; the command merges", async () => {
  const model = fixtureModel();
  const [input, path, output] = [join(folder, "in.gguf"), join(folder, "lora.gguf"), join(folder, "o.gguf")];
  writeFixture(input, model);
  writeAdapter(path, fixtureAdapter(model));
  const q8 = join(folder, "q8.gguf");
  await quantizeFile(input, q8, "Q8_0");
  const refuses = (from: string, lora: string, code: string) =>
    assert.rejects(
      quantizeFile(from, output, "Q8_0", { loras: [{ path: lora }] }),
      (error) => error instanceof LlamaError && error.code === code,
    );
  await refuses(q8, path, "unsupported");
  await refuses(input, input, "model");
  const other = join(folder, "other.gguf");
  writeAdapter(other, fixtureAdapter(fixtureModel({ layers: 3 })));
  await refuses(input, other, "model");
  const { code, stderr } = await llama2(["quantize", input, output, "q8_0", "--lora", `${path}:2`]);
  assert.equal(code, 0, stderr);
  const direct = join(folder, "direct.gguf");
  await quantizeFile(input, direct, "Q8_0", { loras: [{ path, scale: 2 }] });
  const dataOf = (file: string) => openGguf(file).tensors.map((tensor) => Buffer.from(readTensorData(tensor)));
  assert.deepEqual(dataOf(output), dataOf(direct));
});
