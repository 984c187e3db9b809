import type { Command } from "commander";
import { LlamaError, printable } from "../../errors.js";
import { ask } from "../input/question.js";
import { hubOptions } from "../model-place.js";
import { byteCount } from "../show/amounts.js";
import type { Terminal } from "../terminal.js";

/** `llama2 rm`: removes a model that was downloaded. */
export function addRmCommand(program: Command, terminal: Terminal, signal: AbortSignal): void {
  program
    .command("rm")
    .alias("remove")
    .description("remove a downloaded model: one file, those of a type, or all of a repository")
    .argument("<model>", "as list names it: hf:OWNER/REPO[:QUANT | /FILE], or a web address")
    .option("-y, --yes", "do not ask")
    .action((name: string, { yes }: { yes?: boolean }) => remove(terminal, name, yes === true, signal));
}

async function remove(terminal: Terminal, name: string, isSure: boolean, signal: AbortSignal): Promise<void> {
  const { findRemovable, removeCached } = await import("../../hub/remove-cached.js");
  const options = hubOptions(terminal, {}, signal);
  const { models, partial } = findRemovable(name, options);
  if (!isSure) {
    if (terminal.streams.stdin.isTTY !== true) {
      throw new LlamaError("option", "rm asks before it removes anything, and nobody is there to answer; give -y.");
    }
    if (partial > 0) {
      terminal.tell(`${printable(name, 256)}  ${byteCount(partial)} of an interrupted download`);
    }
    for (const model of models) terminal.tell(`${printable(model.name, 256)}  ${byteCount(model.size)}`);
    const answer = await ask(terminal, "Remove? [y/N] ", signal);
    if (!/^y(es)?$/i.test(answer.trim())) {
      terminal.note("Nothing was removed.");
      return;
    }
  }
  const { freed } = await removeCached(name, options);
  terminal.note(`Removed ${printable(name, 256)}; ${byteCount(freed)} are free again.`);
}
