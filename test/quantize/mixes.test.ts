import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openGguf } from "#dist/gguf/open.js";
import { quantizeFile } from "#dist/quantize/quantize-file.js";
import { withEngine } from "../helpers/engine.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { ScalarModel } from "../helpers/scalar-model.js";
import { temporaryFolder } from "../helpers/temporary.js";
import { assertNmse } from "../helpers/tolerance.js";

const folder = temporaryFolder();
const IDS = [1, 260, 270, 285];

for (const isSplit of [false, true]) {
  test(`a mixture of 8 with tensors ${isSplit ? "apart" : "in one"} has llama.cpp's types, and its router stays`, async () => {
    const model = fixtureModel({
      dim: 256,
      headSize: 64,
      hiddenDim: 256,
      layers: 2,
      experts: 8,
      expertsUsed: 2,
      isSplit,
    });
    const [input, output] = [join(folder, "in.gguf"), join(folder, "out.gguf")];
    writeFixture(input, model);
    const typesIn = async (type: string) => {
      await quantizeFile(input, output, type, { force: true });
      const types = new Map(openGguf(output).tensors.map((tensor) => [tensor.name, tensor.type.name]));
      const expert = (name: string) => types.get(`blk.0.ffn_${name}${isSplit ? ".7" : "_exps"}.weight`);
      const rest = ["ffn_gate_inp", "attn_q", "attn_k", "attn_v", "attn_output"];
      return [expert("gate"), expert("down"), ...rest.map((name) => types.get(`blk.0.${name}.weight`))];
    };
    assert.deepEqual(await typesIn("Q4_0"), ["Q4_0", "Q4_0", "F32", "Q4_0", "Q8_0", "Q8_0", "Q4_0"]);
    assert.deepEqual(await typesIn("F16"), ["F16", "F16", "F32", "F16", "F16", "F16", "F16"]);
    assert.deepEqual(await typesIn("Q3_K_L"), ["Q3_K", "Q5_K", "F32", "Q3_K", "Q8_0", "Q8_0", "Q5_K"]);
    assert.deepEqual(await typesIn("Q4_K_M"), ["Q4_K", "Q4_K", "F32", "Q4_K", "Q8_0", "Q8_0", "Q5_K"]);
    await typesIn("Q8_0");
    const scalar = new ScalarModel(model);
    const exact = IDS.map((id) => scalar.step(id)).at(-1) ?? [];
    await withEngine(output, {}, async (engine) => {
      assertNmse(await engine.evaluate(engine.createCache(), IDS), exact, 1e-2);
    });
  });
}
