import { existsSync } from "node:fs";
import type { Command } from "commander";
import type { ChatAnswer } from "../../chat/answer.js";
import type { ChatSession } from "../../chat/chat-session.js";
import type { ChatOptions } from "../../chat/options.js";
import { BUILT_IN_NAMES, isBuiltInName } from "../../chat/templates/built-in.js";
import { isJinja } from "../../chat/templates/choose.js";
import { LlamaError } from "../../errors.js";
import { shownPath } from "../../files/failure.js";
import { readTextFile } from "../../files/text.js";
import type { Llama } from "../../llama.js";
import { bestOfPlan } from "../best-of/flags.js";
import type { Judges } from "../best-of/judges.js";
import { scoreReport } from "../best-of/scores.js";
import { endpointOf } from "../endpoint/flags.js";
import { type Form, readForm } from "../flags/form.js";
import { samplingOptions } from "../flags/sampling.js";
import { speculationOption } from "../flags/speculation.js";
import { modelAndWords, modelOrBundled, withModel } from "../model.js";
import { toJson } from "../show/json.js";
import { runStats } from "../show/run-stats.js";
import type { Terminal } from "../terminal.js";
import { readPrompt } from "../text-input.js";
import { Dialogue } from "./dialogue.js";
import { modelFacts, modelLine, templateLine } from "./facts.js";
import type { ChatFlags } from "./flags.js";
import type { Answer, Partner } from "./partner.js";
import { Screen } from "./reading/screen.js";
import { DEFAULT_SWITCHES, Settings } from "./settings.js";
import { showSettings } from "./show.js";
import { chatByLines } from "./sources/pipe.js";
import { chatInteractively } from "./sources/terminal.js";
import { History, historyPath } from "./typing/history.js";

/** Templates and system prompts are far smaller. */
const MAX_TEXT_BYTES = 1 << 20;

/** Flags that have a meaning where a server answers, besides those of every command. */
const SERVER_FLAGS = [
  ...["system", "systemFile", "session", "color", "wordwrap", "history", "verbose"],
  ...["schema", "jsonSchema", "jsonSchemaFile"],
];

/** Has the conversation that the flags ask for. */
export async function runChat(
  terminal: Terminal,
  words: readonly string[],
  flags: ChatFlags,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const { stdin, stdout, stderr, env } = terminal.streams;
  const endpoint = endpointOf(flags, command, env, SERVER_FLAGS);
  const { model, words: rest } = endpoint === undefined ? modelAndWords(words, flags) : { model: undefined, words };
  const isSingle = flags.prompt !== undefined || flags.file !== undefined || rest.length > 0;
  if (flags.json === true && !isSingle) {
    throw new LlamaError("option", "--json is for one answer; give the message with -p.");
  }
  const isInteractive = !isSingle && stdin.isTTY === true && stdout.isTTY === true;
  terminal.setColour(flags.color ?? terminal.allowsColour(isInteractive ? stdout : stderr));
  const screen = new Screen(terminal, { isInteractive, showsAnswers: flags.json !== true });
  // Nobody types where nobody watches: only then is there a history, and a place for it to be found.
  const historyFile = isInteractive ? findHistory(screen, flags.history) : undefined;
  const settings = settingsOf({ ...flags, history: flags.history && historyFile !== undefined }, await readForm(flags));
  const options = chatOptions(flags);
  const plan = bestOfPlan(flags);
  // Where the terminal is gone, stdout says so, and there is nobody to hear it twice.
  if (isInteractive) stderr.on("error", () => undefined);

  const message = isSingle
    ? await readPrompt(terminal, { prompt: flags.prompt, file: flags.file, words: rest }, signal)
    : undefined;
  const talk = async (partner: Partner, judges?: Judges) => {
    const showsScores = plan?.showsScores;
    const dialogue = new Dialogue({ partner, settings, screen, sessionPath: flags.session, judges, showsScores });
    await converse(dialogue, { ...flags, message, historyFile, system: options.system }, signal);
  };
  if (endpoint !== undefined) {
    const { remotePartner } = await import("../endpoint/partner.js");
    await talk(await remotePartner(terminal, endpoint, flags.model, options.system, settings, signal));
    signal.throwIfAborted();
    return;
  }
  // A person at a terminal reads of the model in the chat's first line.
  const path = modelOrBundled(model, isInteractive || terminal.isQuiet ? { note: () => undefined } : screen, env);
  await withModel(terminal, path, flags, signal, async (llama, loadMs) => {
    const partner = async () => localPartner(llama, await llama.createChat(options), loadMs);
    if (plan === undefined) return talk(await partner());
    const { withJudges } = await import("../best-of/judges.js");
    await withJudges(terminal, plan, flags, signal, async (judges) => talk(await partner(), judges));
  });
  signal.throwIfAborted();
}

/** A model on this machine. */
function localPartner(llama: Llama, chat: ChatSession, loadMs: number): Partner {
  return {
    chat,
    line: `${modelLine(llama)} · ${templateLine(chat)}`,
    facts: modelFacts(llama),
    local: { llama, chat },
    // All that a `ChatAnswer` has, which is what this chat gives.
    report: (answer) => {
      const { text, tokens, promptTokens, finishReason, seed, stats, candidates } = answer as ChatAnswer;
      const scores = candidates.length === 0 ? {} : scoreReport(candidates);
      return { text, tokens, promptTokens, finishReason, seed, ...scores, stats: runStats(llama, loadMs, stats) };
    },
  };
}

interface ChatPlan extends Pick<ChatFlags, "history" | "verbose"> {
  /** The only message. */
  readonly message: string | undefined;
  readonly system: string | undefined;
  readonly historyFile: string | undefined;
}

/** The whole conversation, by whichever way its messages come; it is kept however it ends. */
async function converse(dialogue: Dialogue, plan: ChatPlan, signal: AbortSignal): Promise<void> {
  const { chat, screen, partner } = dialogue;
  const stop = () => dialogue.stop();
  signal.addEventListener("abort", stop);
  try {
    if (chat.warning !== undefined) screen.warn(chat.warning);
    if (plan.verbose === true) {
      screen.say(partner.facts.join("\n"));
      showSettings(dialogue);
    }
    await dialogue.resume();
    if (plan.system !== undefined && plan.system !== chat.system) chat.setSystem(plan.system);
    signal.throwIfAborted();
    if (plan.message !== undefined) await answerOnce(dialogue, dialogue.send(plan.message));
    else if (screen.isInteractive) await chatInteractively(dialogue, openHistory(screen, plan), signal);
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

/**
 * Answers one message; where the screen shows no answers, it comes as the object that `llama2 generate --json` prints.
 */
async function answerOnce({ partner, screen }: Dialogue, answer: Promise<Answer>): Promise<void> {
  const ended = await answer;
  if (!screen.showsAnswers) screen.terminal.write(`${toJson(partner.report(ended))}\n`);
}

/** Where the history is kept; nowhere where there is no place for it, which is said where it is wanted. */
function findHistory(screen: Screen, isWanted: boolean): string | undefined {
  try {
    return historyPath(screen.terminal.streams.env);
  } catch (error) {
    if (!(error instanceof LlamaError)) throw error;
    if (isWanted) screen.warn(`The history is not kept: ${error.message}`);
    return undefined;
  }
}

/** The history in its file; one that cannot be read there is done without. */
function openHistory(screen: Screen, { historyFile, history: isWanted }: ChatPlan): History {
  try {
    return new History(historyFile, isWanted);
  } catch (error) {
    if (!(error instanceof LlamaError)) throw error;
    screen.warn(error.message);
    return new History(undefined, false);
  }
}

function settingsOf(flags: ChatFlags, form: Form | undefined): Settings {
  const { stats, wordwrap, history, ignoreEos, nPredict: maxTokens, reversePrompt: stop } = flags;
  const given = Object.entries({
    stats,
    wordwrap,
    history,
    ignoreEos,
    maxTokens,
    stop,
    form,
    ...speculationOption(flags),
  });
  const switches = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  return new Settings({ ...DEFAULT_SWITCHES, ...switches }, samplingOptions(flags));
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
  const source = readTextFile(path, "a Jinja template", MAX_TEXT_BYTES);
  if (isJinja(source)) return source;
  throw new LlamaError(
    "option",
    `${shownPath(path)} is not a chat template: there is no {{ or {% in it; choose a Jinja file, or one of ${BUILT_IN_NAMES.join(", ")}.`,
  );
}
