import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects garbage now: the memory of a model that was disposed of is given back only then, and the JavaScript heap,
 * which does not see how large it is, may not ask for that in a long time.
 */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  try {
    const collect: unknown = runInNewContext("gc");
    if (typeof collect === "function") collect();
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}
