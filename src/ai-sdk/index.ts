/** The AI SDK's way to a model in this process: `llama2/ai-sdk`. */
export { createProvider, type LlamaProvider } from "./provider.js";
export type {
  CallContent,
  CallFinish,
  CallOptions,
  CallPart,
  CallResponse,
  CallResult,
  CallTool,
  CallUsage,
  CallWarning,
  PromptMessage,
  PromptPart,
  ProviderOptions,
  SdkLanguageModel,
} from "./specification.js";
