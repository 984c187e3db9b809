import type { DocumentSpan, Objective } from "../network/output.js";

/**
 * "Llama 2" (Touvron et al. 2023, section 3.2.2): documents come in pairs, the chosen answer first; the loss of a pair
 * is -log sigmoid(r(chosen) - r(rejected) - margin), where r is the scalar of a document's last token. With `auxiliary`
 * times the cross entropy of sigmoid(r) with whether the answer is safe, of both answers: the paper's safety model.
 * Signals, at the last token: the margin (of the chosen), and whether the answer is safe, 0 or 1. A pair's weight is
 * that of the chosen answer's last token.
 */
export function ranking(auxiliary: number): Objective {
  return {
    head: "scalar",
    measure({ memory, values }, { tokens, documents, weights, signals }, factor) {
      const [margins, safeties] = signals as [Float32Array, Float32Array];
      const output = new Float32Array(memory.buffer, values, tokens);
      const scores = documents.map((span) => output[lastOf(span)] as number);
      output.fill(0);
      let loss = 0;
      let right = 0;
      for (let pair = 0; pair + 1 < documents.length; pair += 2) {
        const [chosen, rejected] = [lastOf(documents[pair]), lastOf(documents[pair + 1])];
        const weight = weights[chosen] as number;
        const lead = (scores[pair] as number) - (scores[pair + 1] as number);
        const gap = lead - (margins[chosen] as number);
        loss += weight * softplus(-gap);
        right += lead > 0 ? weight : lead === 0 ? weight / 2 : 0;
        const slope = -sigmoid(-gap);
        for (const [at, score, sign] of [
          [chosen, scores[pair] as number, 1],
          [rejected, scores[pair + 1] as number, -1],
        ] as const) {
          const safe = safeties[at] as number;
          if (auxiliary > 0) loss += weight * auxiliary * (softplus(score) - safe * score);
          output[at] = factor * weight * (sign * slope + auxiliary * (sigmoid(score) - safe));
        }
      }
      return { loss, right };
    },
  };
}

/** The row of a document's last token: with documents side by side there is nothing behind it to be taken for it. */
export function lastOf(span: DocumentSpan | undefined): number {
  if (span === undefined) throw new RangeError("documents to rank come in pairs");
  return span.start + span.length - 1;
}

export function sigmoid(x: number): number {
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
}

/** log(1 + e^x): -log sigmoid(-x) */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
