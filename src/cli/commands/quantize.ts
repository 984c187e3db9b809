import { statSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { printable } from "../../errors.js";
import { shownPath } from "../../files/failure.js";
import { openGguf } from "../../gguf/open.js";
import type { LoraFile } from "../../loras.js";
import { nearest } from "../../nearest.js";
import { MIXES } from "../../quantize/mixes.js";
import { QUANTIZE_TYPES, quantizeFile } from "../../quantize/quantize-file.js";
import { addAccessOptions, type HubFlags } from "../flags/hub.js";
import { THREADS } from "../flags/load.js";
import { LORA_FLAG, LORA_HELP, lora } from "../flags/lora.js";
import { locateLoras, locateModel } from "../model-place.js";
import { writingFile } from "../overwriting.js";
import { byteCount } from "../show/amounts.js";
import type { Terminal } from "../terminal.js";

/** Largest first, as far as they have a size of their own; then the short names. */
const TYPES_BY_SIZE: readonly string[] = [
  ...["F16", "Q8_0", "Q6_K", "Q5_K_M", "Q5_K_S", "Q5_1", "Q5_0", "Q4_K_M", "Q4_K_S", "Q4_1", "Q4_0"],
  ...["Q3_K_L", "Q3_K_M", "Q3_K_S", "Q2_K"],
].filter((name) => QUANTIZE_TYPES.includes(name));

const SHOWN_TYPES = [...TYPES_BY_SIZE, ...QUANTIZE_TYPES.filter((name) => !TYPES_BY_SIZE.includes(name))];

/** `llama2 quantize`: makes a model smaller. */
export function addQuantizeCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  const command = program
    .command("quantize")
    .description("quantize an F32, F16 or BF16 model")
    .argument("<in>", "the model's file or its first shard, hf:OWNER/REPO[:QUANT] or URL")
    .argument("<out>", "output file (written atomically)")
    .argument("<type>", `largest first: ${SHOWN_TYPES.join(", ")}, or llama-quantize's numbers`, quantizeType)
    .argument("[threads]", "threads to quantize with (default: the cores)", THREADS)
    .option(LORA_FLAG, `merge a ${LORA_HELP}`, lora)
    .option("--force", "overwrite the output file if it exists");
  addAccessOptions(command)
    .addHelpText(
      "after",
      "\nQ4_K_M is the usual choice: 30% of the size of F16 at little loss. Q8_0 loses\nnext to nothing, Q5_K_M and Q6_K lie between; below Q4 models get noticeably worse.",
    )
    .action((input: string, output: string, type: string, threads: number | undefined, flags: QuantizeFlags) => {
      return quantize(terminal, { input, output, type, threads, flags }, signal);
    });
}

/** A type by its name in any case, or by its number in `general.file_type`. */
function quantizeType(text: string): string {
  const upper = text.toUpperCase();
  if (QUANTIZE_TYPES.includes(upper)) return upper;
  const [byNumber] = Object.entries(MIXES).find(([, { fileType }]) => String(fileType) === text) ?? [];
  if (byNumber !== undefined) return byNumber;
  const like = nearest(upper, QUANTIZE_TYPES);
  const hint = like === undefined ? `choose one of ${SHOWN_TYPES.join(", ")}.` : `did you mean ${like}?`;
  throw new InvalidArgumentError(`There is no type "${printable(text)}" to quantize to; ${hint}`);
}

interface QuantizeFlags extends Pick<HubFlags, "hfToken" | "offline"> {
  force?: boolean;
  lora?: readonly LoraFile[];
}

interface Job {
  readonly input: string;
  readonly output: string;
  readonly type: string;
  readonly threads: number | undefined;
  readonly flags: QuantizeFlags;
}

async function quantize(
  terminal: Terminal,
  { input: name, output, type, threads, flags }: Job,
  signal: AbortSignal,
): Promise<void> {
  const input = await locateModel(terminal, name, flags, signal);
  const located = await locateLoras(terminal, flags.lora ?? [], flags, signal);
  const loras = located.map(({ path, scale }) => ({ path: String(path), scale }));
  const force = flags.force === true;
  const shards = new Set(openGguf(input).tensors.map(({ path }) => path));
  const before = [...shards].reduce((sum, path) => sum + sizeOf(path), 0);
  const spinner = await terminal.spinner(`Quantizing to ${type}`);
  const options = { signal, force, threads, loras, onProgress: spinner.progress };
  try {
    await writingFile(output, () => quantizeFile(input, output, type, options));
  } finally {
    spinner.stop();
  }
  terminal.note(`Wrote ${shownPath(output)} (${byteCount(before)} -> ${byteCount(sizeOf(output))}).`);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
