import { existsSync } from "node:fs";
import type { ChatOptions } from "../../chat/chat-session.js";
import { isBuiltInName } from "../../chat/templates/built-in.js";
import { LlamaError } from "../../errors.js";
import { readTextFile } from "../../files/text.js";
import { samplingOptions } from "../flags/sampling.js";
import { interruptible } from "../interrupt.js";
import { loadModel, modelAndWords, modelOrBundled } from "../model.js";
import type { Terminal } from "../terminal.js";
import { readPrompt } from "../text-input.js";
import type { ChatFlags } from "./command.js";
import { Dialogue } from "./dialogue.js";
import { modelFacts, settingsTable } from "./facts.js";
import { Screen } from "./reading/screen.js";
import { Settings } from "./settings.js";
import { chatByLines } from "./sources/pipe.js";
import { answerOnce } from "./sources/single.js";
import { chatInteractively } from "./sources/terminal.js";
import { History, historyPath } from "./typing/history.js";

/** Templates and system prompts are far smaller. */
const MAX_TEXT_BYTES = 1 << 20;

/** Has the conversation that the flags ask for. */
export async function runChat(terminal: Terminal, words: readonly string[], flags: ChatFlags): Promise<void> {
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
