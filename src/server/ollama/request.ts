import type { FormOptions } from "../../generation/answer-form.js";
import { isObject } from "../../json-object.js";
import { type AnswerRequest, readAnswerRequest } from "../answer/request.js";
import { wrongField } from "../failure.js";
import { Fields, wrongType } from "../request/fields.js";
import { readForm } from "../request/form.js";
import type { Served } from "../served.js";

/** Options of ollama that say where and how to compute; here the server's flags do. */
const OF_THE_MACHINE = [
  "numa",
  "num_batch",
  "num_gpu",
  "main_gpu",
  "low_vram",
  "f16_kv",
  "logits_all",
  "vocab_only",
  "use_mmap",
  "use_mlock",
  "embedding_only",
  "num_thread",
  // Tokens that stay when a context is shifted; nothing is here.
  "num_keep",
];

/** What requests for answers have in common. */
export interface OllamaRequest extends AnswerRequest {
  readonly isStreamed: boolean;
  readonly logProbabilities: number | undefined;
}

/**
 * Reads `options`, `format`, `stream` and the like. Defaults of sampling are llama.cpp's, as everywhere here: the
 * template and parameters of a Modelfile are none of a GGUF file.
 * @throws RequestFailure with the field that is wrong
 */
export function readOllamaRequest(fields: Fields, served: Served): OllamaRequest {
  served.checkModel(fields.text("model"));
  const isStreamed = fields.boolean("stream") ?? true;
  readKeepAlive(fields);
  fields.only("think", false);
  fields.only("truncate", true);
  fields.only("shift", true);
  const form = readFormat(fields);
  const logprobs = fields.boolean("logprobs") ?? false;
  const top = fields.whole("top_logprobs", 0, 20);
  if (top !== undefined && top > 0 && !logprobs) throw wrongField("top_logprobs", "top_logprobs needs logprobs: true.");
  const options = readOptions(fields, served);
  const request = readAnswerRequest(options, served, ["n_predict"]);
  options.refuseRest();
  return { ...request, form, isStreamed, logProbabilities: logprobs ? (top ?? 0) : undefined };
}

/** Checks options that make no difference where nothing is sampled. */
export function checkOptions(fields: Fields, served: Served): void {
  const options = readOptions(fields, served);
  readAnswerRequest(options, served, ["n_predict"]);
  options.refuseRest();
}

/** `keep_alive` says when to unload a model; one that is served stays. */
export function readKeepAlive(fields: Fields): void {
  fields.ignore("keep_alive");
}

/** `options` under llama.cpp's names. */
function readOptions(fields: Fields, { llama }: Served): Fields {
  const found = fields.take("options") ?? {};
  if (!isObject(found)) throw wrongType("options", "an object", found);
  const { num_predict: limit, num_ctx: context, ...others } = found;
  const options = new Fields({ ...others, ...(limit !== undefined && { n_predict: limit === -2 ? -1 : limit }) });
  options.ignore(...OF_THE_MACHINE);
  options.only("tfs_z", 1);
  options.only("penalize_newline", true, false);
  if (context !== undefined && context !== null) {
    if (!Number.isInteger(context)) throw wrongType("num_ctx", "a whole number", context);
    if ((context as number) > llama.contextSize) {
      throw wrongField(
        "num_ctx",
        `num_ctx is ${String(context)}, but this server's context holds ${llama.contextSize} tokens; start it with a larger --ctx-size.`,
      );
    }
  }
  return options;
}

/** `format`: "json" for any object, or a JSON Schema. */
function readFormat(fields: Fields): FormOptions {
  const found = fields.take("format");
  if (found === undefined || found === "") return {};
  if (found === "json") return readForm(new Fields({ response_format: { type: "json_object" } }));
  if (isObject(found)) return { jsonSchema: found };
  throw wrongType("format", '"json" or a JSON Schema', found);
}
