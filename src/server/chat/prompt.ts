import type { ChatMessage } from "../../chat/message.js";
import type { PromptEncoder } from "../../chat/prompt/encoder.js";
import { CERTAINLY_TOO_LONG } from "../../chat/prompt/fit.js";
import { mark } from "../../chat/prompt/marks.js";
import type { FunctionTool } from "../../tools/instructions.js";
import { RequestFailure, wrongField } from "../failure.js";
import type { Served } from "../served.js";

/** A conversation as token ids, and what ends its answer. */
export interface ChatPrompt {
  readonly ids: readonly number[];
  readonly endIds: ReadonlySet<number>;
  /** Texts that end the answer, besides those that were asked for. */
  readonly stops: readonly string[];
}

/**
 * Refuses what is certainly too long before a template is put around it, which would take its time.
 * @throws RequestFailure
 */
export function refuseLong(
  { llama }: Served,
  encoder: PromptEncoder,
  messages: readonly ChatMessage[],
  tools: readonly FunctionTool[],
): void {
  const limit = llama.contextSize * CERTAINLY_TOO_LONG;
  // All at once: ten thousand messages may each be short.
  const said = messages
    .map(({ content, toolCalls }) => content.trim() + (toolCalls ? JSON.stringify(toolCalls) : ""))
    .join("\n");
  for (const [what, text] of [["The messages", said] as const, ["The tools", JSON.stringify(tools)] as const]) {
    if (!encoder.exceeds(text, limit)) continue;
    throw new RequestFailure(
      "exceed_context_size_error",
      `${what} have more than ${limit} tokens, but the context holds ${llama.contextSize} with the answer; shorten them, or start the server with a larger --ctx-size.`,
    );
  }
}

/**
 * Writes the prompt of a conversation. Where the last message is the assistant's, the answer goes on with it.
 * @throws RequestFailure where it is too long or ends with two messages of the assistant; LlamaError `template`
 */
export async function writeChatPrompt(
  served: Served,
  messages: readonly ChatMessage[],
  tools: readonly FunctionTool[],
): Promise<ChatPrompt> {
  const isContinued = messages.at(-1)?.role === "assistant" && messages.at(-1)?.toolCalls === undefined;
  const asked = isContinued ? messages.slice(0, -1) : messages;
  if (isContinued && asked.at(-1)?.role === "assistant") {
    throw wrongField(
      "messages",
      "messages ends with two messages of the assistant; one is gone on with, two make no sense.",
    );
  }
  const writer = await served.writer();
  const prompts = await served.prompts(tools);
  refuseLong(served, prompts.encoder, messages, tools);
  const ids = prompts.encoder.encode(await prompts.write(asked));
  const beginning = isContinued ? (messages.at(-1)?.content ?? "") : "";
  const last = ids.at(-1);
  const all =
    beginning === "" || last === undefined ? ids : [...ids, ...prompts.encoder.encodeBehind(last, mark(beginning))];
  return { ids: all, endIds: writer.endIds, stops: writer.stops };
}
