import type { Command } from "commander";
import { LlamaError } from "../../errors.js";
import { isElsewhere } from "../../model-place.js";
import { addHubOptions, type HubFlags } from "../flags/hub.js";
import { modelAndWords } from "../model.js";
import { locateModel } from "../model-place.js";
import type { Terminal } from "../terminal.js";

interface PullFlags extends HubFlags {
  model?: string;
}

/** `llama2 pull`: fetches a model without running it. */
export function addPullCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  const command = program
    .command("pull")
    .description("download a model, or see whether it has changed; prints the path of its file")
    .argument("[model]", "hf:OWNER/REPO[:QUANT | /FILE][@REVISION] or a web address");
  addHubOptions(command).action(async (word: string | undefined, flags: PullFlags) => {
    const { model } = modelAndWords(word === undefined ? [] : [word], flags);
    if (model === undefined || !isElsewhere(model)) {
      throw new LlamaError("option", "pull needs a model to download: hf:OWNER/REPO[:QUANT], or a web address.");
    }
    terminal.write(`${await locateModel(terminal, model, flags, signal)}\n`);
  });
}
