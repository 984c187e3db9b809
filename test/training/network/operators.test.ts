import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { Arrays, checkGradient, kernels, memory } from "./arrays.js";

describe("gradients of the operators, against finite differences", () => {
  it("gemm multiplies, also transposed, beyond its depth and with odd rows, in wide tiles bit for bit as in narrow ones", () => {
    const random = new Random(1);
    for (const [m, n, k] of [
      [5, 8, 3],
      [4, 16, 300],
      [1, 24, 257],
      [18, 40, 513],
    ] as const) {
      const arrays = new Arrays();
      const a = arrays.make(m * k, random);
      const b = arrays.make(k * n, random);
      const c = arrays.make(m * n, random);
      const before = c.values.slice();
      const panel = arrays.make(kernels.panelSize()).at;
      const wanted = (i: number, j: number, element: (i: number, p: number) => number) => {
        let sum = 0;
        for (let p = 0; p < k; p++) sum += element(i, p) * (b.values[p * n + j] as number);
        return sum;
      };
      const wide = arrays.make(m * n);
      wide.values.set(before);
      kernels.prepareGemm(panel, false);
      kernels.gemm(a.at, k * 4, 4, b.at, n * 4, c.at, n * 4, m, n, k, true);
      kernels.prepareGemm(panel, true);
      kernels.gemm(a.at, k * 4, 4, b.at, n * 4, wide.at, n * 4, m, n, k, true);
      assert.deepEqual(wide.values, c.values);
      for (let i = 0; i < m * n; i++) {
        const row = Math.floor(i / n);
        const product = wanted(row, i % n, (r, p) => a.values[r * k + p] as number);
        assert.ok(Math.abs((c.values[i] as number) - (before[i] as number) - product) < 1e-4);
      }
      kernels.prepareGemm(panel, false);
      kernels.gemm(a.at, 4, m * 4, b.at, n * 4, c.at, n * 4, m, n, k, false);
      kernels.prepareGemm(panel, true);
      kernels.gemm(a.at, 4, m * 4, b.at, n * 4, wide.at, n * 4, m, n, k, false);
      assert.deepEqual(wide.values, c.values);
      for (let i = 0; i < m * n; i++) {
        const product = wanted(Math.floor(i / n), i % n, (r, p) => a.values[p * m + r] as number);
        assert.ok(Math.abs((c.values[i] as number) - product) < 1e-4);
      }
    }
  });

  it("RMSNorm, for its input and its weights", () => {
    const random = new Random(2);
    const arrays = new Arrays();
    const [tokens, n] = [3, 8];
    const x = arrays.make(tokens * n, random);
    const w = arrays.make(n, random);
    const y = arrays.make(tokens * n);
    const scales = arrays.make(tokens);
    const dy = arrays.make(tokens * n, random);
    const dx = arrays.make(tokens * n);
    const dw = arrays.make(n);
    const run = () => {
      kernels.rmsnorm(x.at, w.at, y.at, scales.at, tokens, n, 1e-5);
      return y.values;
    };
    run();
    kernels.rmsnormBackward(x.at, w.at, scales.at, dy.at, dx.at, dw.at, tokens, n);
    checkGradient(x.values, run, dy.values, dx.values.slice());
    checkGradient(w.values, run, dy.values, dw.values.slice());
  });

  it("SwiGLU", () => {
    const random = new Random(3);
    const arrays = new Arrays();
    const [tokens, n] = [2, 8];
    const gateUp = arrays.make(tokens * 2 * n, random);
    const h = arrays.make(tokens * n);
    const dh = arrays.make(tokens * n, random);
    const gradient = arrays.make(tokens * 2 * n);
    kernels.swigluBackward(gateUp.at, dh.at, gradient.at, tokens, n);
    const run = () => {
      kernels.swiglu(gateUp.at, h.at, tokens, n);
      return h.values;
    };
    checkGradient(gateUp.values, run, dh.values, gradient.values.slice());
  });

  it("RoPE: the way back undoes the rotation", () => {
    const random = new Random(4);
    const arrays = new Arrays();
    const [tokens, heads, headSize] = [3, 2, 8];
    const x = arrays.make(tokens * heads * headSize, random);
    const table = arrays.make(tokens * headSize);
    for (let i = 0; i < table.values.length; i += 2) table.values.set([Math.cos(i), Math.sin(i)], i);
    const positions = arrays.make(tokens);
    new Uint32Array(memory.buffer, positions.at, tokens).set([2, 0, 1]);
    const before = x.values.slice();
    const rotate = (direction: number) =>
      kernels.rotate(x.at, heads * headSize * 4, table.at, positions.at, tokens, heads, headSize, direction);
    rotate(1);
    assert.notDeepEqual(x.values.slice(0, 2), before.slice(0, 2));
    // The first pair of the first token: position 2.
    const [cos, sin] = table.values.slice(2 * headSize, 2 * headSize + 2) as unknown as [number, number];
    const [a, b] = before as unknown as [number, number];
    assert.ok(Math.abs((x.values[0] as number) - (a * cos - b * sin)) < 1e-6);
    rotate(-1);
    for (let i = 0; i < before.length; i++) assert.ok(Math.abs((x.values[i] as number) - (before[i] as number)) < 1e-6);
  });

  for (const length of [3, 41]) {
    it(`causal attention over ${length} tokens, for queries, keys and values`, () => {
      const random = new Random(5);
      const arrays = new Arrays();
      const headSize = 8;
      const row = 3 * headSize;
      const width = Math.ceil(length / 8) * 8;
      const qkv = arrays.make(length * row, random);
      const out = arrays.make(length * headSize);
      const p = arrays.make(length * width);
      const scratch = arrays.make(headSize * width);
      const dp = arrays.make(32 * width);
      const dOut = arrays.make(length * headSize, random);
      const gradient = arrays.make(length * row);
      const parts = (at: number) => [at, at + headSize * 4, at + 2 * headSize * 4] as const;
      const outRow = headSize * 4;
      const run = () => {
        const [q, k, v] = parts(qkv.at);
        kernels.attend(q, k, v, row * 4, out.at, outRow, p.at, scratch.at, length, headSize, 0.7);
        return out.values;
      };
      run();
      const [q, k, v] = parts(qkv.at);
      const [dq, dk, dv] = parts(gradient.at);
      kernels.attendBackward(
        q,
        k,
        v,
        row * 4,
        p.at,
        dOut.at,
        outRow,
        dq,
        dk,
        dv,
        scratch.at,
        dp.at,
        length,
        headSize,
        0.7,
      );
      checkGradient(qkv.values, run, dOut.values, gradient.values.slice());
    });
  }

  it("cross entropy, weighted; and the embedding's rows add up", () => {
    const random = new Random(6);
    const arrays = new Arrays();
    const [tokens, n] = [3, 12];
    const logits = arrays.make(tokens * n, random);
    const targets = arrays.make(tokens);
    const weights = arrays.make(tokens);
    new Uint32Array(memory.buffer, targets.at, tokens).set([4, 0, 11]);
    weights.values.set([1, 0, 0.5]);
    const before = logits.values.slice();
    const run = () => {
      const kept = logits.values.slice();
      const loss = kernels.crossEntropy(logits.at, targets.at, weights.at, tokens, n, 1);
      logits.values.set(kept);
      return [loss];
    };
    kernels.crossEntropy(logits.at, targets.at, weights.at, tokens, n, 1);
    const gradient = logits.values.slice();
    logits.values.set(before);
    checkGradient(logits.values, run, [1], gradient);

    const table = arrays.make(4 * 8);
    const dx = arrays.make(3 * 8, random);
    const ids = arrays.make(3);
    new Uint32Array(memory.buffer, ids.at, 3).set([2, 0, 2]);
    kernels.embedBackward(table.at, ids.at, dx.at, 3, 8);
    for (let i = 0; i < 8; i++) {
      assert.equal(table.values[i], dx.values[8 + i]);
      assert.equal(table.values[16 + i], Math.fround((dx.values[i] as number) + (dx.values[16 + i] as number)));
      assert.equal(table.values[8 + i], 0);
    }
  });

  it("a scalar head, for the states and for itself", () => {
    const random = new Random(8);
    const arrays = new Arrays();
    const [tokens, n] = [3, 12];
    const [x, w, dOut] = [arrays.make(tokens * n, random), arrays.make(n, random), arrays.make(tokens, random)];
    const [out, dx, dw] = [arrays.make(tokens), arrays.make(tokens * n, random), arrays.make(n)];
    kernels.dotRowsBackward(x.at, w.at, dOut.at, dx.at, dw.at, tokens, n);
    const run = () => {
      kernels.dotRows(x.at, w.at, out.at, tokens, n);
      return out.values;
    };
    checkGradient(x.values, run, dOut.values, dx.values.slice());
    checkGradient(w.values, run, dOut.values, dw.values.slice());
  });

  it("AdamW takes the step of its formula", () => {
    const random = new Random(7);
    const arrays = new Arrays();
    const [p, g, m, v] = [
      arrays.make(4, random),
      arrays.make(4, random),
      arrays.make(4, random),
      arrays.make(4, random),
    ];
    for (let i = 0; i < 4; i++) v.values[i] = Math.abs(v.values[i] as number);
    const before = [p, g, m, v].map(({ values }) => Array.from(values)) as [number[], number[], number[], number[]];
    kernels.adamw(p.at, g.at, m.at, v.at, 4, 0.5, 0.01, 0.1, 0.9, 0.95, 0.19, 0.1, 1e-8);
    for (let i = 0; i < 4; i++) {
      const [p0, g0, m0, v0] = before.map((values) => values[i]) as [number, number, number, number];
      const mean = 0.9 * m0 + 0.1 * 0.5 * g0;
      const square = 0.95 * v0 + 0.05 * (0.5 * g0) ** 2;
      const wanted = p0 - 0.01 * (mean / 0.19 / (Math.sqrt(square / 0.1) + 1e-8) + 0.1 * p0);
      assert.ok(Math.abs((p.values[i] as number) - wanted) < 1e-6);
    }
  });
});
