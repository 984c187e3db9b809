import assert from "node:assert/strict";
import { test } from "node:test";
import { toFloats } from "#dist/gguf/floats.js";
import { findTensorTypeByName, type TensorType } from "#dist/gguf/format.js";
import { encode, OutOfRange } from "#dist/quantize/encode.js";
import { compileQuantizer, QuantizeKernel } from "#dist/quantize/kernel.js";
import { seededNormals } from "../helpers/random.js";

const kernel = new QuantizeKernel(compileQuantizer());
const type = (name: string) => findTensorTypeByName(name) as TensorType;
const F32 = type("F32");
const TYPES = ["F16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"];

function convert(to: string, values: Float32Array) {
  kernel.input(F32, values.length).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return kernel.convert(F32, type(to), values.length);
}

/** What the plain twin makes of the values. */
function twin(to: string, values: Float32Array) {
  try {
    return encode(type(to), values);
  } catch (error) {
    if (!(error instanceof OutOfRange)) throw error;
    return error.index;
  }
}

const normal = seededNormals(7);

/** Blocks of every kind: spread, one-sided, flat, sparse, tiny, huge, with ties and with zeros of both signs. */
const KINDS: readonly ((i: number) => number)[] = [
  () => normal(),
  () => normal() * 0.02,
  () => Math.abs(normal()),
  () => -Math.abs(normal()) - 1,
  () => 0,
  () => -0,
  () => 3.25,
  (i) => (i % 32 === 5 ? normal() : 0),
  (i) => (i % 16 === 0 ? -0 : 0),
  (i) => ((i % 7) - 3) / 2,
  (i) => (i % 9) + 0.5,
  () => normal() * 1e-16,
  () => normal() * 1e-30,
  () => normal() * 1e-42,
  (i) => (i < 128 ? 0 : normal()),
  (i) => normal() * 10 ** ((i >> 4) - 8),
  () => normal() * 1e5,
  () => normal() * 1e7,
  () => Math.round(normal() * 4) / 4,
];

for (const name of TYPES) {
  test(`the kernel writes ${name} to the very bytes of plain TypeScript, and refuses the same blocks`, () => {
    for (const [kind, draw] of KINDS.entries()) {
      for (let round = 0; round < 12; round++) {
        const values = Float32Array.from({ length: 512 }, (_, i) => draw(i % 256));
        const expected = twin(name, values);
        const found = convert(name, values);
        if (typeof expected === "number") {
          assert.ok("index" in found, `kind ${kind}: refused at ${expected}`);
          assert.equal(Math.floor(found.index / type(name).blockSize), expected / type(name).blockSize);
        } else assert.deepEqual(found, new Uint8Array(expected), `kind ${kind}, round ${round}`);
      }
    }
  });
}

test("halves and bfloats are widened exactly, all of them", () => {
  for (const name of ["F16", "BF16"]) {
    const infinity = name === "F16" ? 0x7c00 : 0x7f80;
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => ((i & infinity) === infinity ? 0 : i));
    const bytes = new Uint8Array(bits.buffer);
    kernel.input(type(name), bits.length).set(bytes);
    const found = kernel.convert(type(name), F32, bits.length);
    assert.ok(found instanceof Uint8Array);
    assert.deepEqual(new Uint32Array(found.buffer), new Uint32Array(toFloats(type(name), bytes).buffer));
  }
});

test("bfloats are the nearest, ties to even, and the first value beyond their range is named", () => {
  const bits = [0x3f800000, 0x3f808000, 0x3f818000, 0x3f808001, 0xbf807fff, 0x00000001];
  const values = new Float32Array(Uint32Array.from(bits).buffer);
  const found = convert("BF16", values);
  assert.ok(found instanceof Uint8Array);
  assert.deepEqual([...new Uint16Array(found.buffer)], [0x3f80, 0x3f80, 0x3f82, 0x3f81, 0xbf80, 0]);
  assert.deepEqual(convert("BF16", Float32Array.of(1, 3.4028234663852886e38)), {
    index: 1,
    value: 3.4028234663852886e38,
  });
});

test("the first value that is not finite is named, at any place", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (const at of [0, 31, 255]) {
      const values = new Float32Array(256).fill(1);
      values[at] = bad;
      assert.deepEqual(convert("Q4_K", values), { index: at, value: bad });
    }
  }
});
