import type { ChatMessage } from "../../chat/message.js";
import { hasForm } from "../../generation/answer-form.js";
import type { AnswerSource } from "../answer/answer.js";
import type { AnswerRequest } from "../answer/request.js";
import type { Served } from "../served.js";
import { writeChatPrompt } from "./prompt.js";
import { type ToolUse, type ToolWish, toolUse } from "./tools.js";

/** What the next answer of a conversation is computed from, whatever API asks, and how it may call functions. */
export async function chatSource(
  served: Served,
  request: AnswerRequest,
  messages: readonly ChatMessage[],
  wish: ToolWish | undefined,
): Promise<{ source: Omit<AnswerSource, "count">; use: ToolUse | undefined }> {
  const use = wish === undefined ? undefined : await toolUse(served, wish);
  const { ids: prompt, endIds, stops } = await writeChatPrompt(served, messages, use?.told ?? []);
  // A form says itself where the answer ends, and may well have the template's stop texts in it.
  const isFormed = hasForm(request.form) || use?.format === "generic";
  const stop = isFormed ? request.stop : [...request.stop, ...stops];
  const isTrimmed = messages.at(-1)?.role !== "assistant";
  return { source: { ...request, stop, prompt, endIds, isTrimmed, grammar: use?.grammar }, use };
}
