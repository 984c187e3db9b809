import type { Exchange } from "../exchange.js";
import { RequestFailure, wrongField } from "../failure.js";
import { Fields, wrongType } from "../request/fields.js";
import { jsonResponse } from "../response/json.js";
import { MAX_INPUTS } from "./embeddings.js";

/**
 * `/v1/rerank` as Jina's API and llama.cpp's server have it: each document's score as an answer to the query, the best
 * first. Hugging Face's name for documents is `texts`.
 */
export async function rerank(exchange: Exchange, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const { served } = exchange;
  const { llama } = served;
  if (llama.reward === undefined) {
    throw new RequestFailure(
      "not_supported_error",
      "This server does not support reranking: its model is no reward model; start it with one that is.",
    );
  }
  const fields = new Fields(body);
  served.checkModel(fields.text("model"));
  const query = fields.text("query");
  if (query === undefined) throw wrongField("query", "query is missing; give the text that documents are scored by.");
  const documents = readDocuments(fields);
  const most = fields.whole("top_n", 1, Number.MAX_SAFE_INTEGER) ?? documents.length;
  const isTold = fields.boolean("return_documents") ?? false;
  fields.refuseRest();
  const pairs = documents.map((answer) => ({ prompt: query, answer }));
  const scores = await exchange.readInTurn((signal) => llama.score(pairs, { signal }));
  const { promptTokens: tokens } = exchange;
  const results = scores
    .map(({ score }, index) => ({
      index,
      relevance_score: score,
      ...(isTold ? { document: { text: documents[index] } } : {}),
    }))
    .sort((a, b) => b.relevance_score - a.relevance_score || a.index - b.index)
    .slice(0, most);
  return jsonResponse({
    model: served.name,
    object: "list",
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    results,
  });
}

/** @throws RequestFailure for what is no list of texts, empty, or too much */
function readDocuments(fields: Fields): readonly string[] {
  const [documents, texts] = [fields.take("documents"), fields.take("texts")];
  if (documents !== undefined && texts !== undefined) throw wrongField("texts", "texts is another name of documents.");
  const found = documents ?? texts;
  if (!Array.isArray(found) || !found.every((each) => typeof each === "string")) {
    throw wrongType("documents", "a list of strings", found);
  }
  if (found.length === 0) throw wrongField("documents", "documents is empty; give at least one.");
  if (found.length <= MAX_INPUTS) return found;
  throw wrongField("documents", `documents has ${found.length} texts; give at most ${MAX_INPUTS}.`);
}
