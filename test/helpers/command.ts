import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./paths.js";

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Text on standard input; none is an input that ends at once. */
  readonly input?: string;
  /** Called with all of stdout so far, whenever there is more. */
  readonly onStdout?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** The same for stderr. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs the built command line as a person would, in a process of its own. */
export function llama2(
  args: readonly string[],
  { input = "", onStdout, onStderr }: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [join(root, "bin", "llama2.js"), ...args]);
  let stdout = "";
  let stderr = "";
  const sent = new Set<NodeJS.Signals>();
  // A second one would end the process at once, or find it at its end, where nobody listens to signals any more.
  const kill = (signal: NodeJS.Signals) => {
    if (!sent.has(signal)) child.kill(signal);
    sent.add(signal);
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    onStdout?.(stdout, kill);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    onStderr?.(stderr, kill);
  });
  child.stdin.on("error", () => undefined).end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
