import { AnswerError } from "../../errors.js";
import { parseCheckedCalls } from "../../tools/parse.js";
import type { AnswerResult } from "../answer/answer.js";
import { newId } from "../answer/usage.js";
import type { ToolUse } from "./tools.js";

/** A call as OpenAI's chat API writes it. */
export interface CallObject {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

/** What a whole answer says and calls. An answer that was cut off within a call is what it says, up to there. */
export function wholeAnswer(result: AnswerResult, use: ToolUse): { content: string; calls: readonly CallObject[] } {
  const isCut = result.finishReason !== "stop" || result.stopString !== undefined;
  try {
    const { content, calls } = parseCheckedCalls(result.text, use.format, use.tools, { partial: isCut });
    const whole = calls.filter(({ isWhole }) => isWhole);
    return {
      content,
      calls: whole.map(({ name, argumentsText }) => ({
        id: newId(""),
        type: "function",
        function: { name, arguments: argumentsText },
      })),
    };
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    // A stop string can end an answer in the middle of a call.
    return { content: result.text, calls: [] };
  }
}

/** The deltas of an answer that may call functions, as it comes. */
export class CallStream {
  readonly #use: ToolUse;
  #text = "";
  #content = "";
  /** How much of each call's arguments was told. */
  readonly #told: number[] = [];

  constructor(use: ToolUse) {
    this.#use = use;
  }

  /** Whether a call has begun. */
  get isCalling(): boolean {
    return this.#told.length > 0;
  }

  /** What is new with this piece of text. */
  push(text: string): object[] {
    this.#text += text;
    return this.#deltas(true);
  }

  /** What is new at the end. */
  end({ finishReason, stopString }: AnswerResult): object[] {
    return this.#deltas(finishReason !== "stop" || stopString !== undefined);
  }

  #deltas(partial: boolean): object[] {
    const { content, calls } = parseCheckedCalls(this.#text, this.#use.format, this.#use.tools, { partial });
    const deltas: object[] = [];
    const said = content.slice(this.#content.length);
    if (said !== "") deltas.push({ content: said });
    this.#content = content;
    for (const [index, { name, argumentsText }] of calls.entries()) {
      const told = this.#told[index];
      if (told === undefined) {
        // Some clients want the name alone at first, and pieces of the arguments then.
        const named = { index, id: newId(""), type: "function", function: { name, arguments: "" } };
        deltas.push({ tool_calls: [named] });
      }
      const fresh = argumentsText.slice(told ?? 0);
      if (fresh !== "") deltas.push({ tool_calls: [{ index, function: { arguments: fresh } }] });
      this.#told[index] = argumentsText.length;
    }
    return deltas;
  }
}
