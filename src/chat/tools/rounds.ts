import type { Grammar } from "../../grammar/grammar.js";
import { toolGrammar } from "../../tools/grammar.js";
import { functionTools } from "../../tools/instructions.js";
import { type ParsedAnswer, parseCheckedCalls } from "../../tools/parse.js";
import { checkTools, type JsonObject, type ToolChoice } from "../../tools/tool.js";
import type { AnswerProgress } from "../answer.js";
import { mapTexts } from "../json-texts.js";
import { type ChatToolCall, wellFormed } from "../message.js";
import type { GenerateOptionsOfChat } from "../options.js";
import { type answerAlone, type ChatState, generateAnswer } from "../state.js";
import type { ToolUse } from "./options.js";
import { runCalls, toldOf } from "./run-calls.js";

/**
 * Generates answers until one calls no function: what is called is run, and its results are part of the conversation
 * before the next. An abort while tools run ends it without that round.
 */
export function answerWithTools(use: ToolUse): typeof answerAlone {
  return (state, progress, options) => answerInRounds(state, progress, options, use);
}

async function* answerInRounds(
  state: ChatState,
  progress: AnswerProgress,
  options: GenerateOptionsOfChat,
  use: ToolUse,
): AsyncGenerator<string, void, undefined> {
  const { conversation, writer, tokenizer } = state;
  const { jsonSchema: schema, ...generating } = options;
  const isJson = schema !== undefined;
  const format = await writer.toolFormat();
  const checked = checkTools(use.tools);
  // Where all of an answer is JSON, its form says where it ends, and the template's texts may well be in it.
  const stops = format === "generic" || isJson ? [] : writer.stops;
  const prompts = writer.forTools(functionTools(use.tools));
  const grammars = new Map<ToolChoice, Grammar | undefined>();
  for (let round = 0; ; round++) {
    const choice = round === use.maxRounds ? "none" : round === 0 ? use.choice : "auto";
    if (!grammars.has(choice)) {
      const { tools, parallel } = use;
      grammars.set(choice, toolGrammar(tools, format, choice, { parallel, answer: schema, vocabulary: tokenizer }));
    }
    progress.isOpen = true;
    const { text, isWhole } = yield* sayUnlessCalled(state, progress, { ...generating, grammar: grammars.get(choice) });
    progress.isOpen = false;
    if (!isWhole) return;
    const { content, calls } = parse(text, false);
    yield* say(progress, content);
    if (calls.length === 0) return;

    progress.isOpen = true;
    const numbered = withIds(calls, conversation.calls);
    const results = await runCalls(numbered, use, options.signal);
    if (results === undefined) return;
    progress.toolCalls.push(...results);
    conversation.call(content, numbered, results.map(toldOf));
    progress.said = "";
  }

  /** Generates an answer, and says of it what is no call, as far as that is known. */
  async function* sayUnlessCalled(
    chat: ChatState,
    answer: AnswerProgress,
    round: GenerateOptionsOfChat,
  ): AsyncGenerator<string, { text: string; isWhole: boolean }, undefined> {
    let text = "";
    for await (const piece of generateAnswer(chat, answer, round, prompts, stops)) {
      text += piece;
      yield* say(answer, parse(text, true).content);
    }
    const { finishReason, isCut } = answer.generation ?? {};
    return { text, isWhole: finishReason === "stop" && isCut !== true };
  }

  function parse(text: string, partial: boolean): ParsedAnswer {
    return parseCheckedCalls(text, format, checked, { partial, json: isJson });
  }
}

/** Shows what is new of a round's content, with a line between it and what was said in rounds before. */
function* say(progress: AnswerProgress, content: string): Generator<string, void, undefined> {
  const fresh = content.slice(progress.said.length);
  if (fresh === "") return;
  const isFirst = progress.said === "" && progress.text !== "";
  progress.said += fresh;
  const piece = isFirst ? `\n\n${fresh}` : fresh;
  progress.text += piece;
  yield piece;
}

/** Ids of nine letters and digits, which templates of Mistral want; counted, so that answers can be repeated. */
function withIds(calls: ParsedAnswer["calls"], before: number): readonly ChatToolCall[] {
  return calls.map(({ name, arguments: values }, i) => ({
    id: `call${String(before + i + 1).padStart(5, "0")}`,
    name,
    arguments: mapTexts(values as JsonObject, wellFormed),
  }));
}
