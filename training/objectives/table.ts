import type { Objective } from "../network/output.js";
import { crossEntropy } from "./cross-entropy.js";

/** An objective with its settings: plain data for threads and recipes. */
export type ObjectiveName = { readonly name: "cross-entropy" };

export function objectiveNamed({ name }: ObjectiveName): Objective {
  switch (name) {
    case "cross-entropy":
      return crossEntropy;
  }
}
