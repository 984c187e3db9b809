/**
 * What is used here of the AI SDK's provider specification, version 4 (`@ai-sdk/provider` 4), by shape: nothing is
 * imported, so that nothing need be installed.
 */

/** Settings by provider. */
export type ProviderOptions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A part of a message. */
export type PromptPart =
  | { readonly type: "text" | "reasoning"; readonly text: string }
  | { readonly type: "tool-call"; readonly toolCallId: string; readonly toolName: string; readonly input: unknown }
  | {
      readonly type: "tool-result";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly output: { readonly type: string; readonly value?: unknown; readonly reason?: string | undefined };
    }
  | { readonly type: "file" | "reasoning-file" | "custom" | "tool-approval-response" };

/** A message of a conversation. */
export type PromptMessage =
  | { readonly role: "system"; readonly content: string }
  | { readonly role: "user" | "assistant" | "tool"; readonly content: readonly PromptPart[] };

/** What a call asks for. */
export interface CallOptions {
  readonly prompt: readonly PromptMessage[];
  readonly maxOutputTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly stopSequences?: readonly string[] | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly responseFormat?: { readonly type: "text" | "json"; readonly schema?: unknown } | undefined;
  readonly seed?: number | undefined;
  readonly tools?: readonly CallTool[] | undefined;
  readonly toolChoice?: { readonly type: string; readonly toolName?: string | undefined } | undefined;
  readonly reasoning?: string | undefined;
  readonly abortSignal?: AbortSignal | undefined;
  readonly providerOptions?: ProviderOptions | undefined;
}

/** A function of the program, or a tool that a provider would run. */
export type CallTool =
  | {
      readonly type: "function";
      readonly name: string;
      readonly description?: string | undefined;
      readonly inputSchema: unknown;
    }
  | { readonly type: "provider"; readonly id: string; readonly name: string };

/** What a call is told of what it asked for in vain. */
export interface CallWarning {
  readonly type: "unsupported";
  readonly feature: string;
  readonly details?: string;
}

/** Why an answer ended. */
export interface CallFinish {
  unified: "stop" | "length" | "tool-calls" | "other";
  raw: string | undefined;
}

/** Tokens of a call. */
export interface CallUsage {
  inputTokens: {
    total: number | undefined;
    noCache: number | undefined;
    cacheRead: number | undefined;
    cacheWrite: number | undefined;
  };
  outputTokens: { total: number | undefined; text: number | undefined; reasoning: number | undefined };
}

/** What an answer is made of. */
export type CallContent =
  | { type: "text"; text: string }
  | { type: "tool-call"; toolCallId: string; toolName: string; input: string };

/** Facts of an answer. */
export interface CallResponse {
  id: string;
  timestamp: Date;
  modelId: string;
}

/** A piece of an answer on its way. */
export type CallPart =
  | { type: "stream-start"; warnings: CallWarning[] }
  | ({ type: "response-metadata" } & CallResponse)
  | { type: "text-start"; id: string }
  | { type: "text-delta"; id: string; delta: string }
  | { type: "text-end"; id: string }
  | { type: "tool-input-start"; id: string; toolName: string }
  | { type: "tool-input-delta"; id: string; delta: string }
  | { type: "tool-input-end"; id: string }
  | { type: "tool-call"; toolCallId: string; toolName: string; input: string }
  | { type: "finish"; usage: CallUsage; finishReason: CallFinish };

/** A whole answer. */
export interface CallResult {
  content: CallContent[];
  finishReason: CallFinish;
  usage: CallUsage;
  warnings: CallWarning[];
  response: CallResponse;
}

/** A language model as the AI SDK has it. */
export interface SdkLanguageModel {
  readonly specificationVersion: "v4";
  readonly provider: string;
  readonly modelId: string;
  readonly supportedUrls: Record<string, RegExp[]>;
  doGenerate(options: CallOptions): Promise<CallResult>;
  doStream(options: CallOptions): Promise<{ stream: ReadableStream<CallPart> }>;
}
