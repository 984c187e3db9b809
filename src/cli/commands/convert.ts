import { statSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { convertCheckpoint } from "../../convert/convert-model.js";
import { readSource } from "../../convert/source.js";
import { CONVERT_TYPES } from "../../convert/types.js";
import { printable } from "../../errors.js";
import { shownPath } from "../../files/failure.js";
import type { DownloadProgress } from "../../hub/settings.js";
import { nearest } from "../../nearest.js";
import { addAccessOptions, type HubFlags } from "../flags/hub.js";
import { THREADS } from "../flags/load.js";
import { Download, hubOptions } from "../model-place.js";
import { writingFile } from "../overwriting.js";
import { byteCount } from "../show/amounts.js";
import type { Terminal } from "../terminal.js";

interface ConvertFlags extends Pick<HubFlags, "hfToken" | "offline"> {
  force?: boolean;
  tokenizer?: string;
  threads?: number;
}

/** `llama2 convert`: makes a GGUF file of a model in another format. */
export function addConvertCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  const command = program
    .command("convert")
    .description("convert safetensors or a llama2.c checkpoint to GGUF")
    .argument("<source>", "folder of a model, hf:OWNER/REPO, or a .bin file of llama2.c")
    .argument("<out>", "output file (written atomically)")
    .argument("[type]", `${CONVERT_TYPES.join(", ")} (default: as the weights are)`, convertType)
    .option("--tokenizer <file>", "tokenizer of a llama2.c checkpoint (default: tokenizer.bin beside it)")
    .option("-t, --threads <n>", "threads to convert with (default: the cores)", THREADS)
    .option("--force", "overwrite the output file if it exists");
  addAccessOptions(command).action((source: string, output: string, type: string | undefined, flags: ConvertFlags) =>
    convert(terminal, { source, output, type, flags }, signal),
  );
}

function convertType(text: string): string {
  const upper = text.toUpperCase();
  if (CONVERT_TYPES.includes(upper)) return upper;
  const like = nearest(upper, CONVERT_TYPES);
  const hint = like === undefined ? `choose one of ${CONVERT_TYPES.join(", ")}.` : `did you mean ${like}?`;
  throw new InvalidArgumentError(`There is no type "${printable(text)}" to convert to; ${hint}`);
}

interface Job {
  readonly source: string;
  readonly output: string;
  readonly type: string | undefined;
  readonly flags: ConvertFlags;
}

async function convert(terminal: Terminal, { source, output, type, flags }: Job, signal: AbortSignal): Promise<void> {
  const { force, tokenizer, threads } = flags;
  const spinner = await terminal.spinner("Converting");
  const download = new Download();
  const hub = {
    ...hubOptions(terminal, flags, signal),
    onProgress: (progress: DownloadProgress) => spinner.say(download.line(progress)),
    onNotice: (sentence: string) => {
      spinner.clear();
      terminal.note(sentence);
    },
  };
  const onProgress = (done: number) => spinner.progress(done, "Converting");
  try {
    const checkpoint = await readSource(source, tokenizer, hub);
    const options = { type, force, threads, signal, onProgress };
    await writingFile(output, () => convertCheckpoint(checkpoint, output, options));
  } finally {
    spinner.stop();
  }
  const size = statSync(output, { throwIfNoEntry: false })?.size ?? 0;
  terminal.note(`Wrote ${shownPath(output)} (${byteCount(size)}).`);
}
