import type { Command } from "commander";
import { BUILT_IN_NAMES } from "../../chat/templates/built-in.js";
import { addBestOfOptions, type BestOfFlags } from "../best-of/flags.js";
import { addEndpointOptions, type EndpointFlags } from "../endpoint/flags.js";
import { addFormOptions, type FormFlags } from "../flags/form.js";
import { addLoadOptions, type LoadFlags } from "../flags/load.js";
import { addSamplingOptions } from "../flags/sampling.js";
import { addSpeculationOption, type SpeculationFlags } from "../flags/speculation.js";
import { collect, tokenLimit } from "../flags/values.js";

/** What commander makes of the flags of `llama2 chat`. */
export interface ChatFlags
  extends LoadFlags,
    EndpointFlags,
    FormFlags,
    SpeculationFlags,
    BestOfFlags,
    Record<string, unknown> {
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

export function addChatOptions(command: Command): void {
  addLoadOptions(command)
    .optionsGroup("Conversation:")
    .option("-p, --prompt <text>", "answer this message and exit")
    .option("-f, --file <file>", "a file with the message to answer")
    .option("--system <text>", "system prompt (also -sys, --system-prompt)")
    .option("--system-file <file>", "a file with the system prompt (also -sysf)")
    .option("--chat-template <name|file>", `the model's own, a Jinja file, or ${BUILT_IN_NAMES.join(", ")}`)
    .option("--chat-template-file <file>", "a file with a Jinja template")
    .option("--no-jinja", "use the built-in template nearest to the model's own")
    .option("--session <file>", "resume the conversation in this file, and keep it there")
    .option("-n, --n-predict <tokens>", "longest answer in tokens, -1 is no limit (-1)", tokenLimit)
    .option("--ignore-eos", "keep generating where the model would end its answer")
    .option("-r, --reverse-prompt <text>", "end an answer where this text comes (also --stop; repeatable)", collect)
    .optionsGroup("Terminal:")
    .option("--color", "use colors, also where the output is not a terminal")
    .option("--no-color", "use no colors (as with NO_COLOR=1 in the environment)")
    .option("--stats", "show how fast each answer was")
    .option("--no-wordwrap", "let the terminal break long lines")
    .option("--no-history", "neither read nor keep what was typed (as with LLAMA2_HISTORY=0 in the environment)")
    .option("--json", "with -p: print one JSON object instead of the text")
    .option("-v, --verbose", "show details of the model and the settings");
  addEndpointOptions(command);
  addFormOptions(command);
  addSamplingOptions(command);
  addSpeculationOption(command);
  addBestOfOptions(command);
}
