import { type FormOptions, hasForm } from "../../generation/answer-form.js";
import { isObject } from "../../json-object.js";
import type { LoraScale } from "../../loras.js";
import type { SamplingOptions } from "../../sampling/options.js";
import { wrongField } from "../failure.js";
import { type Fields, wrongType } from "../request/fields.js";
import { readForm } from "../request/form.js";
import { readSampling } from "../request/sampling.js";
import type { Served } from "../served.js";

/** How a request's answers are computed, whatever API asks. */
export interface AnswerRequest {
  readonly sampling: SamplingOptions;
  readonly form: FormOptions;
  /** -1 for no limit. */
  readonly maxTokens: number;
  readonly stop: readonly string[];
  readonly ignoreEos: boolean;
  readonly loras: readonly LoraScale[] | undefined;
}

/** Fields that tell the server how to work, not what to answer. */
const HARMLESS = [
  "user",
  "metadata",
  "safety_identifier",
  "prompt_cache_key",
  "prompt_cache_retention",
  "cache_prompt",
];

const MAX_STOPS = 64;
const MAX_STOP = 10_000;

/**
 * What all APIs of OpenAI's and llama.cpp's kind have in common.
 * @param limits names of the field that says how many tokens an answer may have
 */
export function readAnswerRequest(fields: Fields, served: Served, limits: readonly string[]): AnswerRequest {
  served.checkModel(fields.text("model"));
  fields.ignore(...HARMLESS);
  fields.only("service_tier", "auto", "default");
  fields.only("store", false);
  // A wish where to compute; the sequence that shares the most with the prompt is taken.
  fields.whole("id_slot", -1);
  const stop = fields.texts("stop") ?? [];
  if (stop.length > MAX_STOPS) throw wrongField("stop", `stop has ${stop.length} texts; give at most ${MAX_STOPS}.`);
  const longest = stop.reduce((most, { length }) => Math.max(most, length), 0);
  if (longest > MAX_STOP) {
    throw wrongField("stop", `stop has a text of ${longest} characters; give at most ${MAX_STOP}.`);
  }
  if (stop.includes("")) throw wrongField("stop", "stop has an empty text, which would end every answer at once.");
  const request: AnswerRequest = {
    sampling: readSampling(fields, served.llama.tokenizer.size),
    form: readForm(fields),
    maxTokens: readLimit(fields, limits),
    stop,
    ignoreEos: fields.boolean("ignore_eos") ?? false,
    loras: readLoras(fields, served),
  };
  if (request.ignoreEos && hasForm(request.form)) {
    throw wrongField("ignore_eos", "ignore_eos contradicts the form of the answer, which says where to end.");
  }
  return request;
}

function readLimit(fields: Fields, names: readonly string[]): number {
  const given = names.map((name) => [name, fields.whole(name, -1)] as const).filter(([, value]) => value !== undefined);
  const [first, second] = given;
  if (second !== undefined)
    throw wrongField(second[0], `${first?.[0]} and ${second[0]} mean the same; give one of them.`);
  return first?.[1] ?? -1;
}

/** `[{id, scale}]`, as llama.cpp's server has it; adapters that are not in the list have no say. */
function readLoras(fields: Fields, { llama }: Served): readonly LoraScale[] | undefined {
  return fields.list("lora")?.map((item) => {
    const isGood = isObject(item) && typeof item["id"] === "number" && typeof item["scale"] === "number";
    if (!isGood || llama.loras[item["id"] as number] === undefined) {
      throw wrongType("lora", `a list of {id, scale} with ids of the ${llama.loras.length} adapters here`, item);
    }
    return { id: item["id"] as number, scale: item["scale"] as number };
  });
}
