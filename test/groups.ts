/**
 * Files that take seconds, the longest first: each has a process to itself, and those are started before all others, so
 * that no core waits for the last one.
 */
const ALONE = [
  ...["training/rlhf/path", "cli/process", "engine/run/forward", "cli/chat/chat-at-terminal", "training/code/pipeline"],
  ...["engine/stories", "engine/adapters", "training/ppo/"],
  ...["json-schema/sampled", "engine/schedules", "json-schema/maskbench", "hub/lock", "engine/faults", "engine/quants"],
  ...["quantize/encode", "soak/tokens", "benchmark/runner", "tools/rounds", "generation/speculation"],
  ...["templates/jinja", "commands/bench", "cli/chat/piped", "package.test", "terminal-typing", "fill-in-place"],
  ...["fuzz/replay", "quantize/quantize-file", "answer-form", "encode-async", "tokenizer/tokenizer", "cli/chat/kept"],
  ...["ai-sdk/provider", "fault-schedules", "commands/generate", "json-schema/sentences", "attention/attention"],
  ...["soak/serving", "soak/loads", "chat-completions", "engine/reference", "training/run/"],
];

/** How many of {@link ALONE} have a process to themselves, and how many of those behind them share one. */
const [LONGEST, FEW] = [8, 4];

/** Small files that share a process, which takes half a second to start and to load what nearly all files use. */
const MOST = 24;

/** Which test files run in one process, by their paths: the longest alone, others with their neighbours. */
export function groupsOf(files: readonly string[]): string[][] {
  const placeOf = (file: string) => ALONE.findIndex((part) => file.includes(part));
  const long = files.filter((file) => placeOf(file) >= 0).sort((a, b) => placeOf(a) - placeOf(b));
  const small = files.filter((file) => placeOf(file) < 0).sort();
  return [...inGroups(long.slice(0, LONGEST), 1), ...inGroups(long.slice(LONGEST), FEW), ...inGroups(small, MOST)];
}

function inGroups(files: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(files.length / size) }, (_, i) => files.slice(i * size, (i + 1) * size));
}
