import { unmark } from "../../chat/prompt/marks.js";
import { functionTools } from "../../tools/instructions.js";
import { readMessages } from "../chat/messages.js";
import { refuseLong } from "../chat/prompt.js";
import { readTools } from "../chat/tools.js";
import type { Exchange } from "../exchange.js";
import { wrongField } from "../failure.js";
import { Fields, wrongType } from "../request/fields.js";
import { jsonResponse } from "../response/json.js";

/** Characters that are cut into tokens at once; nobody else is answered meanwhile. */
const MAX_CONTENT = 1_000_000;

type Body = Readonly<Record<string, unknown>>;

/** `/tokenize` of llama.cpp's server. */
export function tokenize({ served }: Exchange, body: Body): Response {
  const { tokenizer } = served.llama;
  const fields = new Fields(body);
  const content = fields.text("content");
  const addBos = fields.boolean("add_special") ?? false;
  const parseSpecial = fields.boolean("parse_special") ?? true;
  const withPieces = fields.boolean("with_pieces") ?? false;
  fields.refuseRest();
  if (content === undefined) throw wrongType("content", "a string", content);
  if (content.length > MAX_CONTENT) {
    throw wrongField("content", `content has ${content.length} characters; give at most ${MAX_CONTENT} at once.`);
  }
  const ids = tokenizer.encode(content, { addBos: addBos && tokenizer.addBos, parseSpecial });
  return jsonResponse({ tokens: withPieces ? ids.map((id) => ({ id, piece: tokenizer.piece(id) })) : ids });
}

/** `/detokenize` of llama.cpp's server. */
export function detokenize({ served }: Exchange, body: Body): Response {
  const { tokenizer } = served.llama;
  const fields = new Fields(body);
  const tokens = fields.list("tokens");
  fields.refuseRest();
  if (tokens === undefined) throw wrongType("tokens", "a list of token ids", tokens);
  return jsonResponse({ content: tokenizer.decode(tokens.map((id) => tokenId(id, "tokens", tokenizer.size))) });
}

/** `/apply-template` of llama.cpp's server. */
export async function applyTemplate({ served }: Exchange, body: Body): Promise<Response> {
  const fields = new Fields(body);
  const messages = readMessages(fields.take("messages"));
  const wish = readTools(fields);
  fields.refuseRest();
  const tools = wish === undefined ? [] : functionTools(wish.tools);
  const prompts = await served.prompts(tools);
  refuseLong(served, prompts.encoder, messages, tools);
  return jsonResponse({ prompt: unmark(await prompts.write(messages)) });
}

/** @throws RequestFailure for what is no token of the vocabulary */
export function tokenId(found: unknown, field: string, size: number): number {
  if (Number.isInteger(found) && (found as number) >= 0 && (found as number) < size) return found as number;
  throw wrongField(
    field,
    `${field} has ${JSON.stringify(found)?.slice(0, 60)}, which is no token from 0 to ${size - 1}.`,
  );
}
