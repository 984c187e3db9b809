/** Whether the tests take their time, as before a release: LLAMA2_LONG_TESTS=1. They try more, not something else. */
export const isLong: boolean = process.env["LLAMA2_LONG_TESTS"] === "1";

/**
 * Whether every case is tried in every combination, as CI does on one version of Node: LLAMA2_WHOLE_TESTS=1, or a long
 * run. Elsewhere the cases share the combinations out, and random runs are shorter.
 */
export const isWhole: boolean = isLong || process.env["LLAMA2_WHOLE_TESTS"] === "1";

/** All of `choices` in a whole run; else so many of them, spread evenly from the first on. */
export function spread<T>(choices: readonly T[], count: number): readonly T[] {
  if (isWhole || count >= choices.length) return choices;
  return Array.from({ length: count }, (_, i) => choices[Math.floor((i * choices.length) / count)] as T);
}

/** All of `choices` in a whole run; else the `index`-th, round and round, so that a test's cases share them out. */
export function inTurn<T>(choices: readonly T[], index: number): readonly T[] {
  const turn = index % choices.length;
  return isWhole ? choices : choices.slice(turn, turn + 1);
}
