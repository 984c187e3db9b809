import { existsSync } from "node:fs";
import type { Command } from "commander";
import type { ChatOptions } from "../../chat/session.js";
import { BUILT_IN_NAMES, isBuiltInName } from "../../chat/templates/built-in.js";
import { LlamaError } from "../../errors.js";
import { interruptible } from "../interrupt.js";
import { loadModel, modelAndWords, modelOrBundled } from "../model.js";
import { addLoadOptions, collect, type LoadFlags, wholeNumber } from "../options.js";
import { readPrompt } from "../prompt.js";
import { addSamplingOptions, samplingOptions } from "../sampling-options.js";
import type { Terminal } from "../terminal.js";
import { readTextFile } from "../text-file.js";
import { Dialogue } from "./dialogue.js";
import { modelFacts, settingsTable } from "./facts.js";
import { History, historyPath } from "./history.js";
import { chatInteractively } from "./interactive.js";
import { chatByLines } from "./piped.js";
import { Screen } from "./screen.js";
import { Settings } from "./settings.js";
import { answerOnce } from "./single-turn.js";

/** What commander makes of the flags of `llama2 chat`. */
interface ChatFlags extends LoadFlags, Record<string, unknown> {
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

/** Templates and system prompts are far smaller. */
const MAX_TEXT_BYTES = 1 << 20;

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
  command.action((words: string[], flags: ChatFlags) => runChat(terminal, words, flags));
}

async function runChat(terminal: Terminal, words: readonly string[], flags: ChatFlags): Promise<void> {
  const { stdin, stdout, stderr, env } = terminal.streams;
  const { model, words: rest } = modelAndWords(words, flags);
  const text = flags.prompt ?? (rest.length > 0 ? rest.join(" ") : undefined);
  const isSingle = text !== undefined || flags.file !== undefined;
  if (flags.json === true && !isSingle) {
    throw new LlamaError("option", "--json is for one answer; give the message with -p.");
  }
  const isInteractive = !isSingle && stdin.isTTY === true && stdout.isTTY === true;
  terminal.setColour(flags.color ?? terminal.allowsColour(isInteractive ? stdout : stderr));
  const screen = new Screen(terminal, { isInteractive, showsAnswers: flags.json !== true });
  const settings = settingsOf({ ...flags, history: flags.history && historyPath(env) !== undefined });
  const options = chatOptions(flags);
  // Where the terminal is gone, stdout says so, and there is nobody to hear it twice.
  if (isInteractive) stderr.on("error", () => undefined);

  await interruptible(
    stdout,
    async (signal) => {
      const message = isSingle ? await readPrompt(terminal, { text, file: flags.file }) : undefined;
      const start = performance.now();
      const llama = await loadModel(terminal, modelOrBundled(model, screen), flags, signal);
      const loadMs = performance.now() - start;
      try {
        const chat = await llama.createChat(options);
        const dialogue = new Dialogue({ llama, chat, settings, screen, sessionPath: flags.session });
        await converse(dialogue, { ...flags, message, loadMs, system: options.system }, signal);
      } finally {
        await llama.dispose();
      }
      signal.throwIfAborted();
    },
    isInteractive ? ["SIGHUP", "SIGINT", "SIGTERM"] : undefined,
  );
}

interface ChatPlan extends Pick<ChatFlags, "history" | "verbose"> {
  /** The only message. */
  readonly message: string | undefined;
  readonly system: string | undefined;
  readonly loadMs: number;
}

/** The whole conversation, by whichever way its messages come; it is kept however it ends. */
async function converse(dialogue: Dialogue, plan: ChatPlan, signal: AbortSignal): Promise<void> {
  const { chat, screen, llama, settings } = dialogue;
  const stop = () => dialogue.stop();
  signal.addEventListener("abort", stop);
  try {
    if (chat.warning !== undefined) screen.warn(chat.warning);
    if (plan.verbose === true) screen.say([...modelFacts(llama), ...settingsTable(settings)].join("\n"));
    await dialogue.resume();
    if (plan.system !== undefined && plan.system !== chat.system) chat.setSystem(plan.system);
    signal.throwIfAborted();
    if (plan.message !== undefined) await answerOnce(dialogue, plan.message, plan.loadMs);
    else if (screen.isInteractive) await chatInteractively(dialogue, openHistory(screen, plan.history), signal);
    else await chatByLines(dialogue, signal);
  } finally {
    signal.removeEventListener("abort", stop);
    try {
      await dialogue.close();
    } finally {
      chat.dispose();
    }
  }
}

/** The history in its file; one that cannot be read there is done without. */
function openHistory(screen: Screen, isWanted: boolean): History {
  const path = historyPath(screen.terminal.streams.env);
  try {
    return new History(path, isWanted);
  } catch (error) {
    if (!(error instanceof LlamaError)) throw error;
    screen.warn(error.message);
    return new History(undefined, false);
  }
}

function settingsOf(flags: ChatFlags): Settings {
  const { stats = false, wordwrap, history, nPredict: maxTokens = -1, ignoreEos, reversePrompt: stop } = flags;
  return new Settings({ stats, wordwrap, history, maxTokens }, { ...samplingOptions(flags), ignoreEos, stop });
}

function chatOptions(flags: ChatFlags): ChatOptions {
  const { system, systemFile, chatTemplate, chatTemplateFile, jinja: useJinja } = flags;
  return {
    system: systemFile === undefined ? system : readTextFile(systemFile, "a file with a system prompt", MAX_TEXT_BYTES),
    template: chatTemplateFile === undefined ? templateOf(chatTemplate) : readTemplate(chatTemplateFile),
    useJinja,
  };
}

/** A built-in template's name, or what is in the file that is named. */
function templateOf(nameOrFile: string | undefined): string | undefined {
  if (nameOrFile === undefined || isBuiltInName(nameOrFile) || !existsSync(nameOrFile)) return nameOrFile;
  return readTemplate(nameOrFile);
}

function readTemplate(path: string): string {
  return readTextFile(path, "a Jinja template", MAX_TEXT_BYTES);
}
