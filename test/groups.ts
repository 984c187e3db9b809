/**
 * Files that take seconds, the longest first: they are started before all others, so that no core waits for the last
 * one.
 */
const LONG = [
  ...["cli/process", "cli/chat/chat-at-terminal", "training/rlhf/path", "engine/run/forward", "soak/tokens"],
  ...["training/code/pipeline", "training/ppo/ppo", "cli/chat/piped", "engine/adapters", "terminal-typing"],
  ...["engine/faults", "hub/lock", "commands/bench", "tools/rounds", "cli/chat/kept", "fill-in-place"],
  ...["package.test", "commands/generate", "engine/stories", "json-schema/sampled", "benchmark/runner"],
  ...["engine/schedules", "engine/quants", "tokenizer/tokenizer", "templates/jinja", "quantize/encode"],
  ...["chat/scoring", "generation/best-of.", "server/alike", "ai-sdk/provider", "answer-form", "encode-async"],
  ...["json-schema/maskbench", "json-schema/sentences", "fault-schedules", "quantize/quantize-file"],
  ...["attention/attention", "formats/products", "chat-completions", "training/run/run", "soak/"],
];

/** It bounds functions that are built in, for as long as its process lives, as the thread of a template does. */
const APART = "fuzz/replay";

/** How many of {@link LONG} have a process to themselves, and how many of those behind them share one. */
const [LONGEST, FEW] = [8, 4];

/** Small files that share a process, which takes half a second to start and to load what nearly all files use. */
const MOST = 24;

/** Which test files run in one process, by their paths: the longest alone, others with their neighbours. */
export function groupsOf(files: readonly string[]): string[][] {
  const placeOf = (file: string) => LONG.findIndex((part) => file.includes(part));
  const apart = files.filter((file) => file.includes(APART));
  const others = files.filter((file) => !file.includes(APART));
  const long = others.filter((file) => placeOf(file) >= 0).sort((a, b) => placeOf(a) - placeOf(b));
  const small = others.filter((file) => placeOf(file) < 0).sort();
  return [
    ...inGroups([...long.slice(0, LONGEST), ...apart], 1),
    ...inGroups(long.slice(LONGEST), FEW),
    ...inGroups(small, MOST),
  ];
}

function inGroups(files: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(files.length / size) }, (_, i) => files.slice(i * size, (i + 1) * size));
}
