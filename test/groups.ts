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

/** Small files that share a process. More would save little, and be one after another on one core. */
const MOST = 8;

/** Which test files run in one process, by their paths: long files alone, small ones with their neighbours. */
export function groupsOf(files: readonly string[]): string[][] {
  const placeOf = (file: string) => ALONE.findIndex((part) => file.includes(part));
  const long = files.filter((file) => placeOf(file) >= 0).sort((a, b) => placeOf(a) - placeOf(b));
  const small = files.filter((file) => placeOf(file) < 0).sort();
  const groups = long.map((file) => [file]);
  for (let at = 0; at < small.length; at += MOST) groups.push(small.slice(at, at + MOST));
  return groups;
}
