import type { GenerateOptions } from "../generation/options.js";
import { definedOf } from "../options.js";
import type { ToolChoice, ToolDescription } from "../tools/tool.js";
import type { CallOptions, CallWarning } from "./specification.js";

/** A call, in the terms of this package. */
export interface ReadCall {
  readonly options: GenerateOptions;
  readonly tools: readonly ToolDescription[];
  readonly choice: ToolChoice;
  readonly warnings: readonly CallWarning[];
}

/** The name by which calls may set options of this package's own. */
export const PROVIDER = "llama2";

/**
 * Reads a call. `providerOptions.llama2` may have any option of `llama.generate`.
 */
export function readCall(call: CallOptions): ReadCall {
  const { maxOutputTokens, temperature, stopSequences, topP, topK, presencePenalty, frequencyPenalty, seed } = call;
  const warnings: CallWarning[] = [];
  const tools: ToolDescription[] = [];
  for (const tool of call.tools ?? []) {
    if (tool.type === "function") {
      tools.push({ name: tool.name, description: tool.description, schema: tool.inputSchema });
    } else {
      warnings.push({ type: "unsupported", feature: `tool ${tool.name}`, details: "Only functions can be called." });
    }
  }
  if (call.reasoning !== undefined && !["provider-default", "none"].includes(call.reasoning)) {
    warnings.push({ type: "unsupported", feature: "reasoning", details: "A model thinks as long as it does." });
  }
  const isJson = call.responseFormat?.type === "json";
  const given: GenerateOptions = {
    maxTokens: maxOutputTokens,
    temperature,
    stop: stopSequences,
    topP,
    topK,
    presencePenalty,
    frequencyPenalty,
    seed,
    jsonSchema: isJson ? (call.responseFormat?.schema ?? { type: "object" }) : undefined,
    signal: call.abortSignal,
  };
  return {
    options: { ...call.providerOptions?.[PROVIDER], ...definedOf(given) },
    tools,
    choice: choiceOf(call),
    warnings,
  };
}

function choiceOf({ toolChoice }: CallOptions): ToolChoice {
  const { type, toolName } = toolChoice ?? {};
  if (type === "tool" && toolName !== undefined) return { name: toolName };
  return type === "required" || type === "none" ? type : "auto";
}
