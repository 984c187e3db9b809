import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { bundledModelPath } from "#dist/bundled-model.js";
import { openGguf } from "#dist/gguf/open.js";
import { Random } from "#dist/random.js";
import type { Piece } from "../../../training/data/vocabulary.js";
import { ParameterLayout } from "../../../training/network/parameters.js";
import { BUNDLED_SHAPE } from "../../../training/network/shape.js";
import { exportModel } from "../../../training/publish/export.js";
import { startFrom } from "../../../training/publish/import.js";
import { temporaryFolder } from "../../helpers/temporary.js";
import { SMALL_SHAPE } from "../network/fixture.js";

const pieceOf = (text: string): Piece => ({ text, score: 0, type: 1 });

describe("what a Llama gives to begin with", () => {
  const shape = { ...SMALL_SHAPE, dim: 32, hiddenDim: 32, heads: 1, kvHeads: 1, headSize: 32 };
  const layout = new ParameterLayout(shape);
  const values = new Float32Array(layout.size);
  layout.initialise(values, new Random(1));
  const old = Array.from({ length: shape.vocabularySize }, (_, i) => pieceOf(`old ${i}`));
  const path = join(temporaryFolder(), "model.gguf");
  exportModel(path, layout, values, old, "F32");

  it("is all of it where the vocabulary is the same", () => {
    assert.deepEqual(startFrom(path, shape, old), values);
  });

  it("keeps the vectors of pieces that are in both, and gives the others one each", () => {
    const pieces = [...old.slice(5).reverse(), ...Array.from({ length: 5 }, (_, i) => pieceOf(`new ${i}`))];
    const begun = startFrom(path, shape, pieces);
    const { offset } = layout.get("embedding");
    const row = (of: Float32Array, i: number) => of.slice(offset + i * shape.dim, offset + (i + 1) * shape.dim);
    const rows = pieces.length;
    for (let i = 0; i < rows - 5; i++) assert.deepEqual(row(begun, i), row(values, rows - 1 - i), `${i}`);
    for (let i = 0; i < 5; i++) assert.deepEqual(row(begun, rows - 5 + i), row(values, i), `${i}`);
    const end = offset + rows * shape.dim;
    assert.deepEqual(begun.slice(end), values.slice(end));
  });

  it("is refused where the shape or the number of pieces is another", () => {
    assert.throws(() => startFrom(path, { ...shape, layers: 3 }, old), /has no blk\.2/);
    assert.throws(() => startFrom(path, { ...shape, hiddenDim: 64 }, old), /another shape/);
    assert.throws(() => startFrom(path, shape, old.slice(1)), /the file has 40 pieces, not 39/);
  });

  it("can be the model in the package, in Q8_0", () => {
    const texts = openGguf(bundledModelPath).metadata.getStrings("tokenizer.ggml.tokens");
    const begun = startFrom(bundledModelPath, BUNDLED_SHAPE, texts.map(pieceOf));
    assert.ok(begun.every(Number.isFinite));
    const deviation = Math.sqrt(begun.reduce((sum, value) => sum + value * value, 0) / begun.length);
    assert.ok(deviation > 0.02 && deviation < 1, `${deviation}`);
  });
});
