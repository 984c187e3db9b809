import { resolveInfill } from "../../generation/infill-defaults.js";
import { infillPrompt } from "../../generation/infill-prompt.js";
import { isObject } from "../../json-object.js";
import type { Exchange } from "../exchange.js";
import { wrongField } from "../failure.js";
import { Fields, wrongType } from "../request/fields.js";
import { completionResponse, readCompletionFields } from "./completion.js";

/** `/infill` of llama.cpp's server: what belongs between two texts. */
export async function infill(exchange: Exchange, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const { served } = exchange;
  const { tokenizer, contextSize, file } = served.llama;
  const fields = new Fields(body);
  const options = readCompletionFields(fields, served);
  const prefix = fields.text("input_prefix") ?? "";
  const suffix = fields.text("input_suffix") ?? "";
  const extra = readExtra(fields);
  const prompt = fields.text("prompt") ?? "";
  const isSuffixFirst = fields.boolean("spm_infill");
  fields.refuseRest();
  if (prefix + suffix + prompt === "") {
    throw wrongField("input_prefix", "There is nothing to fill in; give input_prefix, input_suffix or both.");
  }
  const parts = { prefix: prefix + prompt, suffix, extra };
  const order = isSuffixFirst === undefined ? undefined : isSuffixFirst ? "spm" : "psm";
  const { source } = options;
  const wish = { order, tokenHealing: false, stop: source.stop } as const;
  const { asked, generating } = resolveInfill(file.metadata, parts, wish);
  const { ids, healed } = infillPrompt(tokenizer, parts, asked, contextSize);
  const { stop = [] } = generating;
  return completionResponse(exchange, { ...source, stop, prompt: ids, healed, count: 1 }, options);
}

/** Other files, `[{filename, text}]`. */
function readExtra(fields: Fields) {
  return (fields.list("input_extra") ?? []).map((file) => {
    const isFile = isObject(file) && typeof file["text"] === "string";
    if (!isFile) throw wrongType("input_extra", "a list of {filename, text}", file);
    const { filename, text } = file;
    return { filename: typeof filename === "string" ? filename : undefined, text: text as string };
  });
}
