import type { Embedding, EmbedOptions } from "../../generation/embedding.js";
import { POOLINGS } from "../../generation/embedding.js";
import type { Exchange } from "../exchange.js";
import { wrongField } from "../failure.js";
import { Fields, wrongType } from "../request/fields.js";
import { jsonResponse } from "../response/json.js";

/** As many as OpenAI's API takes. */
export const MAX_INPUTS = 2048;

/** `/v1/embeddings` of OpenAI's API; `pooling` is llama.cpp's word for what it has of its own here. */
export async function embeddings(exchange: Exchange, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const { served } = exchange;
  const fields = new Fields(body);
  served.checkModel(fields.text("model"));
  const inputs = readInputs(fields, "input");
  const dimensions = readDimensions(fields, served.llama.config.dim);
  const pooling = fields.oneOf("pooling", POOLINGS);
  const isBase64 = fields.oneOf("encoding_format", ["float", "base64"]) === "base64";
  fields.ignore("user");
  fields.refuseRest();
  const found = await embedInTurn(exchange, inputs, { pooling, dimensions });
  const { promptTokens: tokens } = exchange;
  return jsonResponse({
    object: "list",
    data: found.map(({ vector }, index) => ({
      object: "embedding",
      index,
      embedding: isBase64 ? base64(vector) : [...vector],
    })),
    model: served.name,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
}

/**
 * `/embedding` and `/embeddings` of llama.cpp's server: `content` or `input`, and a list of vectors for each, as some
 * of its poolings give several; vectors have the length 1 unless `embd_normalize` is -1.
 */
export async function embedding(exchange: Exchange, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const { served } = exchange;
  const fields = new Fields(body);
  served.checkModel(fields.text("model"));
  const name = "content" in body ? "content" : "input";
  const inputs = readInputs(fields, name);
  const pooling = fields.oneOf("pooling", POOLINGS);
  const normalization = fields.whole("embd_normalize", -1, 2) ?? 2;
  fields.refuseRest();
  if (normalization !== 2 && normalization !== -1) {
    throw wrongField("embd_normalize", "embd_normalize can only be 2, for vectors of length 1, or -1, for none.");
  }
  const found = await embedInTurn(exchange, inputs, { pooling, normalize: normalization === 2 });
  return jsonResponse(found.map(({ vector }, index) => ({ index, embedding: [[...vector]] })));
}

/** Embeds once it is the request's turn, and counts it. */
export async function embedInTurn(
  exchange: Exchange,
  inputs: readonly (string | readonly number[])[],
  options: EmbedOptions,
): Promise<Embedding[]> {
  const { llama } = exchange.served;
  return exchange.readInTurn((signal) => llama.embed(inputs, { ...options, signal }));
}

/** `dimensions`: values that each vector is shortened to. @throws RequestFailure */
export function readDimensions(fields: Fields, dim: number): number | undefined {
  return fields.whole("dimensions", 1, dim);
}

/** A text or token ids, or a list of them. @throws RequestFailure */
function readInputs(fields: Fields, name: string): readonly (string | readonly number[])[] {
  const found = fields.take(name);
  const expected = "a string, a list of token ids, or a list of those";
  if (typeof found === "string") return checkedInputs([found], expected, name);
  if (!Array.isArray(found)) throw wrongType(name, expected, found);
  const isIds = found.length > 0 && typeof found[0] === "number";
  return checkedInputs(isIds ? [found] : found, expected, name);
}

/** @throws RequestFailure for what is neither text nor a list of numbers, empty, or too much */
export function checkedInputs(
  found: readonly unknown[],
  expected: string,
  name = "input",
): (string | readonly number[])[] {
  if (found.length === 0) throw wrongField(name, `${name} is empty; give at least one text.`);
  if (found.length > MAX_INPUTS) {
    throw wrongField(name, `${name} has ${found.length} texts; give at most ${MAX_INPUTS}.`);
  }
  return found.map((each) => {
    if (typeof each === "string" && each !== "") return each;
    if (Array.isArray(each) && each.length > 0 && each.every((id) => Number.isInteger(id))) return each as number[];
    if (each === "") throw wrongField(name, `${name} has a text that is empty; leave it out.`);
    throw wrongType(name, expected, each);
  });
}

/** Little-endian f32, whatever the machine. */
function base64(vector: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(vector.length * 4));
  for (const [i, value] of vector.entries()) bytes.setFloat32(i * 4, value, true);
  let text = "";
  for (const byte of new Uint8Array(bytes.buffer)) text += String.fromCharCode(byte);
  return btoa(text);
}
