import { checkedInputs, embedInTurn, readDimensions } from "../endpoints/embeddings.js";
import type { Exchange } from "../exchange.js";
import { Fields } from "../request/fields.js";
import { jsonResponse } from "../response/json.js";
import { durations } from "./answer.js";
import { checkOptions, readKeepAlive } from "./request.js";

/** `/api/embed` of ollama. What is too long is cut at its end unless `truncate` is false. */
export async function ollamaEmbed(exchange: Exchange, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const start = performance.now();
  const { served } = exchange;
  const { tokenizer, contextSize, config } = served.llama;
  const fields = new Fields(body);
  served.checkModel(fields.text("model"));
  const inputs = fields.texts("input") ?? [];
  const dimensions = readDimensions(fields, config.dim);
  const isCut = fields.boolean("truncate") ?? true;
  checkOptions(fields, served);
  readKeepAlive(fields);
  fields.refuseRest();
  const texts = checkedInputs(inputs, "a string or a list of strings");
  const ids = isCut ? texts.map((text) => tokenizer.encode(text as string).slice(0, contextSize)) : texts;
  const found = await embedInTurn(exchange, ids, { dimensions });
  return jsonResponse({
    model: served.name,
    embeddings: found.map(({ vector }) => [...vector]),
    ...durations(start),
    prompt_eval_count: exchange.promptTokens,
  });
}

/** `/api/embeddings`, the one before: one `prompt`, and a vector that has any length. */
export async function ollamaEmbedding(exchange: Exchange, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const { served } = exchange;
  const fields = new Fields(body);
  served.checkModel(fields.text("model"));
  const prompt = fields.text("prompt") ?? "";
  checkOptions(fields, served);
  readKeepAlive(fields);
  fields.refuseRest();
  const found = await embedInTurn(exchange, checkedInputs([prompt], "a string", "prompt"), { normalize: false });
  return jsonResponse({ embedding: found.flatMap(({ vector }) => [...vector]) });
}
