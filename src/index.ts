export { bundledCodeModelPath, bundledModelPath } from "./bundled-model.js";
export type { ChatAnswer } from "./chat/answer.js";
export type { ChatSession } from "./chat/chat-session.js";
export type { ChatMessage, ChatRole, ChatToolCall } from "./chat/message.js";
export type {
  ChatOptions,
  GenerateOptionsOfChat,
  LoadedChat,
  SaveOptions,
  SendOptions,
} from "./chat/options.js";
export type { ScorePair } from "./chat/scoring.js";
export { BUILT_IN_NAMES as CHAT_TEMPLATES, type BuiltInName as ChatTemplateName } from "./chat/templates/built-in.js";
export type { ToolOptions } from "./chat/tools/options.js";
export type { ToolCallResult } from "./chat/tools/run-calls.js";
export { defineTool, type Tool, type ToolContext, type TypedTool } from "./chat/tools/tool.js";
export { type ConvertOptions, convertModel } from "./convert/convert-model.js";
export { CONVERT_TYPES } from "./convert/types.js";
export type { MemoryNeed } from "./engine/plan/need.js";
export { AnswerError, LlamaError, type LlamaErrorCode } from "./errors.js";
export type { BestOf } from "./generation/best-of.js";
export type { BestOfOptions, ChoiceOptions } from "./generation/best-of-options.js";
export type { Candidate } from "./generation/candidate.js";
export { type Embedding, type EmbedOptions, POOLINGS, type Pooling } from "./generation/embedding.js";
export { Generation, type GenerationStats } from "./generation/generation.js";
export type { InfillOptions, InfillParts } from "./generation/infill-prompt.js";
export type { AnswerInfo, JudgeOptions, Reward, RewardFunction, ScoreParts } from "./generation/judge.js";
export type { GenerateOptions, Speculation } from "./generation/options.js";
export {
  measurePerplexity,
  type Perplexity,
  type PerplexityModel,
  type PerplexityOptions,
} from "./generation/perplexity.js";
export type { RewardModel, Score, ScoredMessage, ScoreOptions, ScorePrompt } from "./generation/reward.js";
export type { EvaluateOptions, ForkOptions, Session, SessionOptions } from "./generation/session.js";
export type { FinishReason } from "./generation/token-loop.js";
export type { GgufFile } from "./gguf/file.js";
export type { TensorType } from "./gguf/format.js";
export type { Metadata, MetadataArray, MetadataEntry, MetadataValue } from "./gguf/metadata.js";
export { openGguf } from "./gguf/open.js";
export type { TensorInfo } from "./gguf/tensors.js";
export { Grammar } from "./grammar/grammar.js";
export type { Triggers } from "./grammar/lazy.js";
export type { TokenVocabulary } from "./grammar/mask/vocabulary.js";
export type { Matcher } from "./grammar/matcher.js";
export type { DownloadProgress } from "./hub/settings.js";
export type { CacheType } from "./kernels/cache-types.js";
export type { KernelBuild } from "./kernels/load.js";
export { Llama } from "./llama.js";
export type { LoadOptions } from "./load-options.js";
export type { Lora, LoraFile, LoraScale } from "./loras.js";
export type { ModelConfig } from "./model/config.js";
export type { RewardInfo } from "./model/reward-head.js";
export type { RopeConfig, RopeScaling } from "./model/rope.js";
export type { PlaceOptions } from "./model-place.js";
export { type MergedLora, QUANTIZE_TYPES, type QuantizeOptions, quantizeFile } from "./quantize/quantize-file.js";
export type { ConversionOptions } from "./quantize/write-converted.js";
export type { Random } from "./random.js";
export type { Candidates } from "./sampling/candidates.js";
export type { SampledToken, TokenLogProbability } from "./sampling/log-probabilities.js";
export type { SamplerName, SamplingOptions } from "./sampling/options.js";
export type { SamplerContext, SamplerStep, TokenHistory } from "./sampling/step.js";
export { createFetch, type FetchHandler } from "./server/fetch.js";
export type { RequestEntry, ServeOptions } from "./server/options.js";
export type { DecodeOptions, StreamDecoder } from "./tokenizer/decode.js";
export type { InfillTokens } from "./tokenizer/infill-tokens.js";
export { type EncodeAsyncOptions, type EncodeOptions, Tokenizer } from "./tokenizer/tokenizer.js";
export type { TokenizerModel } from "./tokenizer/vocab.js";
export { type ToolFormat, toolFormatOf } from "./tools/format.js";
export { type ToolGrammarOptions, toolGrammar } from "./tools/grammar.js";
export { type FunctionTool, functionTools, toolInstructions } from "./tools/instructions.js";
export { type ParsedAnswer, type ParsedToolCall, type ParseToolOptions, parseToolCalls } from "./tools/parse.js";
export type { JsonObject, ToolChoice, ToolDescription } from "./tools/tool.js";
export type { JsonSchemaValue } from "./typed/json-schema-value.js";
export type { DeepPartial, SchemaValue, StandardSchema, Validation, ValidationIssue } from "./typed/schema.js";
