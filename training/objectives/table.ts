import type { Objective } from "../network/output.js";
import { crossEntropy } from "./cross-entropy.js";
import { clippedPolicy } from "./policy.js";
import { ranking } from "./ranking.js";
import { clippedValue } from "./value.js";

/** An objective with its settings: plain data for threads and recipes. */
export type ObjectiveName =
  | { readonly name: "cross-entropy" }
  | { readonly name: "ranking"; readonly auxiliary: number }
  | { readonly name: "policy"; readonly clip: number }
  | { readonly name: "value"; readonly clip: number };

export function objectiveNamed(wanted: ObjectiveName): Objective {
  switch (wanted.name) {
    case "cross-entropy":
      return crossEntropy;
    case "ranking":
      return ranking(wanted.auxiliary);
    case "policy":
      return clippedPolicy(wanted.clip);
    case "value":
      return clippedValue(wanted.clip);
  }
}
