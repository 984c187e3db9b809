import type { Command } from "commander";
import { BUILT_IN_NAMES } from "../../chat/templates/built-in.js";
import { addLoadOptions, collect, type LoadFlags, wholeNumber } from "../flags/load.js";
import { addSamplingOptions } from "../flags/sampling.js";
import type { Terminal } from "../terminal.js";

/** What commander makes of the flags of `llama2 chat`. */
export interface ChatFlags extends LoadFlags, Record<string, unknown> {
  prompt?: string;
  file?: string;
  system?: string;
  systemFile?: string;
  chatTemplate?: string;
  chatTemplateFile?: string;
  jinja: boolean;
  session?: string;
  nPredict?: number;
  ignoreEos?: boolean;
  reversePrompt?: string[];
  color?: boolean;
  stats?: boolean;
  wordwrap: boolean;
  history: boolean;
  json?: boolean;
  verbose?: boolean;
}

/** `llama2 chat`: a conversation. */
export function addChatCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command("chat")
    .description("talk to a model; lines from a pipe are a turn each")
    .argument("[words...]", "the model's file, unless -m names it, and one message to answer");
  addLoadOptions(command)
    .optionsGroup("Conversation:")
    .option("-p, --prompt <text>", "answer this message and leave")
    .option("-f, --file <file>", "a file with the message to answer")
    .option("--system <text>", "system prompt (also -sys, --system-prompt)")
    .option("--system-file <file>", "a file with the system prompt (also -sysf)")
    .option("--chat-template <name|file>", `the model's own, a Jinja file, or ${BUILT_IN_NAMES.join(", ")}`)
    .option("--chat-template-file <file>", "a file with a Jinja template")
    .option("--no-jinja", "use the built-in template nearest to the model's own")
    .option("--session <file>", "go on with the conversation in this file, and keep it there")
    .option("-n, --n-predict <tokens>", "tokens of an answer at most; -1 is no limit", wholeNumber)
    .option("--ignore-eos", "go on where the model would end its answer")
    .option("-r, --reverse-prompt <text>", "end an answer where this text comes (also --stop; several)", collect)
    .optionsGroup("Terminal:")
    .option("--color", "use colours, also where the output is no terminal")
    .option("--no-color", "use no colours, as with NO_COLOR=1 in the environment")
    .option("--stats", "say how fast each answer was")
    .option("--no-wordwrap", "leave the breaking of long lines to the terminal")
    .option("--no-history", "neither read nor keep what was typed, as with LLAMA2_HISTORY=0 in the environment")
    .option("--json", "with -p: print one JSON object instead of the text")
    .option("-v, --verbose", "say more about the model and the settings");
  addSamplingOptions(command);
  command.action(async (words: string[], flags: ChatFlags) => {
    // Loaded only here, for 40 ms that other commands need not take to start.
    const { runChat } = await import("./run-chat.js");
    await runChat(terminal, words, flags);
  });
}
