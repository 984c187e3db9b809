import { serverEvents } from "../event-stream.js";
import type { ChatMessage } from "./conversation.js";
import { requestFields, type Settings } from "./settings.js";

/** What comes of an answer: a piece of its text, or at the end why it ended and how many tokens it has. */
export interface AnswerPiece {
  readonly text: string;
  readonly finishReason?: string | undefined;
  readonly tokens?: number | undefined;
  /** As the server measured it; pieces may arrive together, however long they took. */
  readonly tokensPerSecond?: number | undefined;
}

/** A request that the server refused, or that did not reach it, in a sentence. */
export class RequestError extends Error {
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** The name of the model that is served. */
export async function modelName(settings: Settings): Promise<string> {
  const response = await send("v1/models", settings, {});
  const { data } = (await response.json()) as { data?: { id?: string }[] };
  return data?.[0]?.id ?? "model";
}

/**
 * Streams the answer to a conversation.
 * @throws RequestError; the signal's reason where it was aborted
 */
export async function* streamAnswer(
  messages: readonly ChatMessage[],
  settings: Settings,
  signal: AbortSignal,
): AsyncGenerator<AnswerPiece, void, undefined> {
  const body = { messages, stream: true, stream_options: { include_usage: true }, ...requestFields(settings) };
  const response = await send("v1/chat/completions", settings, { method: "POST", body: JSON.stringify(body), signal });
  if (response.body === null) throw new RequestError("The server sent no answer.");
  let isWhole = false;
  try {
    for await (const data of serverEvents(chunksOf(response.body))) {
      if (data === "[DONE]") {
        isWhole = true;
        return;
      }
      yield pieceOf(data);
    }
  } catch (error) {
    if (error instanceof RequestError || signal.aborted) throw error;
  }
  signal.throwIfAborted();
  if (!isWhole) throw new RequestError("The connection ended before the answer did.");
}

/** Not every browser lets a body be iterated over. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    // Who stops reading lets the server stop, too.
    await reader.cancel().catch(() => undefined);
  }
}

interface Chunk {
  readonly error?: { readonly message?: string };
  readonly choices?: readonly { readonly delta?: { readonly content?: string }; readonly finish_reason?: string }[];
  readonly usage?: { readonly completion_tokens?: number };
  readonly timings?: { readonly predicted_per_second?: number };
}

function pieceOf(data: string): AnswerPiece {
  const chunk = JSON.parse(data) as Chunk;
  if (chunk.error !== undefined) throw new RequestError(chunk.error.message ?? "The server failed.");
  const choice = chunk.choices?.[0];
  return {
    text: choice?.delta?.content ?? "",
    finishReason: choice?.finish_reason ?? undefined,
    tokens: chunk.usage?.completion_tokens,
    tokensPerSecond: chunk.timings?.predicted_per_second,
  };
}

async function send(path: string, settings: Settings, init: RequestInit): Promise<Response> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (settings.apiKey !== "") headers["authorization"] = `Bearer ${settings.apiKey}`;
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new RequestError("The server cannot be reached; is it still running?");
  }
  if (response.ok) return response;
  const { status } = response;
  const body = (await response.json().catch(() => ({}))) as { error?: { message?: string } };
  if (status === 401) throw new RequestError("The server wants a key; put it into the settings.", status);
  throw new RequestError(body.error?.message ?? `The server answered with status ${status}.`, status);
}
