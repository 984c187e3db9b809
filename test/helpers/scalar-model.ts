import type { FixtureModel } from "./model-fixture.js";

/**
 * The forward pass in float64, one token at a time, written for reading alone: no blocks, no threads, no cache
 * types. Everything that the engine does is checked against it.
 */
export class ScalarModel {
  readonly #model: FixtureModel;
  readonly #ropeBase: number;
  /** A layer's keys and values, one entry a position. */
  readonly #keys: number[][][];
  readonly #values: number[][][];

  constructor(model: FixtureModel, ropeBase = 10000) {
    this.#model = model;
    this.#ropeBase = ropeBase;
    this.#keys = Array.from({ length: model.shape.layers }, () => []);
    this.#values = Array.from({ length: model.shape.layers }, () => []);
  }

  /** Evaluates one more token and returns the logits after it. */
  step(token: number): number[] {
    return this.#multiply(this.#model.shape.tied ? "token_embd.weight" : "output.weight", this.hidden(token));
  }

  /** Evaluates one more token and returns what its logits would be computed from. */
  hidden(token: number): number[] {
    const { dim, layers } = this.#model.shape;
    const embedding = this.#tensor("token_embd.weight");
    let x = Array.from(embedding.subarray(token * dim, (token + 1) * dim));
    for (let layer = 0; layer < layers; layer++) {
      x = sum(x, this.#attention(layer, this.#norm(x, `blk.${layer}.attn_norm.weight`)));
      x = sum(x, this.#feedForward(layer, this.#norm(x, `blk.${layer}.ffn_norm.weight`)));
    }
    return this.#norm(x, "output_norm.weight");
  }

  #attention(layer: number, x: readonly number[]): number[] {
    const { heads, kvHeads, headSize, window } = this.#model.shape;
    const keys = this.#keys[layer] ?? [];
    const values = this.#values[layer] ?? [];
    const position = keys.length;
    const query = this.#rotate(this.#multiply(`blk.${layer}.attn_q.weight`, x), position);
    keys.push(this.#rotate(this.#multiply(`blk.${layer}.attn_k.weight`, x), position));
    values.push(this.#multiply(`blk.${layer}.attn_v.weight`, x));
    const out: number[] = [];
    for (let head = 0; head < heads; head++) {
      const kvStart = Math.floor((head * kvHeads) / heads) * headSize;
      const q = query.slice(head * headSize, (head + 1) * headSize);
      const first = window === 0 ? 0 : Math.max(0, keys.length - window);
      const seenKeys = keys.slice(first);
      const seenValues = values.slice(first);
      const scores = seenKeys.map((key) => dot(q, key.slice(kvStart, kvStart + headSize)) / Math.sqrt(headSize));
      const highest = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - highest));
      const total = weights.reduce((a, b) => a + b, 0);
      for (let i = 0; i < headSize; i++) {
        out.push(seenValues.reduce((a, value, t) => a + ((weights[t] ?? 0) / total) * (value[kvStart + i] ?? 0), 0));
      }
    }
    return this.#multiply(`blk.${layer}.attn_output.weight`, out);
  }

  #feedForward(layer: number, x: readonly number[]): number[] {
    if (this.#model.shape.experts > 0) return this.#mixture(layer, x);
    const gate = this.#multiply(`blk.${layer}.ffn_gate.weight`, x);
    const up = this.#multiply(`blk.${layer}.ffn_up.weight`, x);
    return this.#multiply(
      `blk.${layer}.ffn_down.weight`,
      gate.map((g, i) => (g / (1 + Math.exp(-g))) * (up[i] ?? 0)),
    );
  }

  /** The best experts by the router, weighted by the softmax of their scores alone. */
  #mixture(layer: number, x: readonly number[]): number[] {
    const { experts, expertsUsed, dim } = this.#model.shape;
    const scores = this.#multiply(`blk.${layer}.ffn_gate_inp.weight`, x);
    const best = scores
      .map((score, expert) => ({ score, expert }))
      .sort((a, b) => b.score - a.score)
      .slice(0, expertsUsed);
    const total = best.reduce((a, { score }) => a + Math.exp(score), 0);
    let out = new Array<number>(dim).fill(0);
    for (const { score, expert } of best) {
      const matrix = (name: string) => {
        const all = this.#tensor(`blk.${layer}.ffn_${name}_exps.weight`);
        return all.subarray((expert * all.length) / experts, ((expert + 1) * all.length) / experts);
      };
      const gate = product(matrix("gate"), x);
      const up = product(matrix("up"), x);
      const hidden = gate.map((g, i) => (g / (1 + Math.exp(-g))) * (up[i] ?? 0));
      const weight = Math.exp(score) / total;
      out = sum(
        out,
        product(matrix("down"), hidden).map((value) => weight * value),
      );
    }
    return out;
  }

  #rotate(x: readonly number[], position: number): number[] {
    const { headSize } = this.#model.shape;
    const out = [...x];
    for (let i = 0; i < x.length; i += 2) {
      const angle = position * this.#ropeBase ** (-(i % headSize) / headSize);
      const a = x[i] ?? 0;
      const b = x[i + 1] ?? 0;
      out[i] = a * Math.cos(angle) - b * Math.sin(angle);
      out[i + 1] = a * Math.sin(angle) + b * Math.cos(angle);
    }
    return out;
  }

  #norm(x: readonly number[], weight: string): number[] {
    const w = this.#tensor(weight);
    // The epsilon is read from the file, where it is a float.
    const scale = 1 / Math.sqrt(dot(x, x) / x.length + Math.fround(1e-5));
    return x.map((value, i) => value * scale * (w[i] ?? 0));
  }

  #multiply(weight: string, x: readonly number[]): number[] {
    const bias = this.#model.values.get(weight.replace(/weight$/, "bias"));
    return product(this.#tensor(weight), x).map((value, row) => value + (bias?.[row] ?? 0));
  }

  #tensor(name: string): Float64Array {
    const values = this.#model.values.get(name);
    if (values === undefined) throw new Error(`the fixture has no ${name}`);
    return values;
  }
}

/** W (rows, x's length) @ x */
function product(w: Float64Array, x: readonly number[]): number[] {
  return Array.from({ length: w.length / x.length }, (_, row) => {
    let total = 0;
    for (let i = 0; i < x.length; i++) total += (w[row * x.length + i] ?? 0) * (x[i] ?? 0);
    return total;
  });
}

function sum(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value + (b[i] ?? 0));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, value, i) => total + value * (b[i] ?? 0), 0);
}
