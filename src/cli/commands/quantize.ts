import { statSync } from "node:fs";
import type { Command } from "commander";
import { LlamaError, printable } from "../../errors.js";
import { QUANTIZE_TYPES, quantizeFile } from "../../quantize/quantize-file.js";
import { interruptible } from "../interrupt.js";
import type { Terminal } from "../terminal.js";

/** `llama2 quantize`: makes a model smaller. */
export function addQuantizeCommand(program: Command, terminal: Terminal): void {
  program
    .command("quantize")
    .description("convert a model in F32, F16 or BF16 to a smaller type")
    .argument("<in>", "the model's file, or its first shard")
    .argument("<out>", "the file to write; it appears when it is whole")
    .argument("<type>", QUANTIZE_TYPES.join(", "))
    .action((input: string, output: string, type: string) =>
      interruptible(terminal.streams.stdout, (signal) => quantize(terminal, input, output, type, signal)),
    );
}

async function quantize(
  terminal: Terminal,
  input: string,
  output: string,
  type: string,
  signal: AbortSignal,
): Promise<void> {
  const before = sizeOf(input);
  if (isSameFile(input, output)) {
    throw new LlamaError("option", "The output is the input; name another file, so that the original stays.");
  }
  const spinner = await terminal.spinner(`Converting to ${type.toUpperCase()}`);
  try {
    await quantizeFile(input, output, type, { signal, onProgress: spinner.progress });
  } finally {
    spinner.stop();
  }
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const sizes = before === undefined ? "" : ` (${mib(before)} -> ${mib(sizeOf(output) ?? 0)})`;
  terminal.note(`Wrote ${printable(output, 256)}${sizes}`);
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

function isSameFile(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) => statSync(path, { throwIfNoEntry: false }));
  return first !== undefined && second !== undefined && first.ino === second.ino && first.dev === second.dev;
}
