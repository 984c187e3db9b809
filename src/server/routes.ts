import { chatCompletions } from "./endpoints/chat-completions.js";
import { completion } from "./endpoints/completion.js";
import { completions } from "./endpoints/completions.js";
import { embedding, embeddings } from "./endpoints/embeddings.js";
import { health, metrics, models, props, slots } from "./endpoints/facts.js";
import { infill } from "./endpoints/infill.js";
import { changeLoras, listLoras } from "./endpoints/loras.js";
import { pageFile } from "./endpoints/page.js";
import { rerank } from "./endpoints/rerank.js";
import { responses } from "./endpoints/responses.js";
import { applyTemplate, detokenize, tokenize } from "./endpoints/tokens.js";
import type { Exchange } from "./exchange.js";
import { ollamaChat } from "./ollama/chat.js";
import { ollamaEmbed, ollamaEmbedding } from "./ollama/embed.js";
import { ollamaGenerate } from "./ollama/generate.js";
import { ollamaRunning, ollamaShow, ollamaTags, ollamaVersion } from "./ollama/models.js";

/** What answers a request; `body` is that of a POST. */
export type Endpoint = (exchange: Exchange, body: Readonly<Record<string, unknown>>) => Promise<Response> | Response;

interface Route {
  readonly GET?: Endpoint;
  readonly POST?: Endpoint;
  /** Whether no key is asked for: what says neither anything of the model's answers nor costs anything. */
  readonly isPublic?: true;
  /** Whether a model answers, which one that gives embeddings alone does not. */
  readonly answers?: true;
  /** The field that a body stands for which is a list. */
  readonly listField?: string;
}

/** Every path that is answered. */
export const ROUTES: Readonly<Record<string, Route>> = {
  "/": { GET: pageFile, isPublic: true },
  "/page.js": { GET: pageFile, isPublic: true },
  "/page.css": { GET: pageFile, isPublic: true },
  "/health": { GET: health, isPublic: true },
  "/v1/health": { GET: health, isPublic: true },
  "/v1/models": { GET: models, isPublic: true },
  "/models": { GET: models, isPublic: true },
  "/props": { GET: props },
  "/slots": { GET: slots },
  "/metrics": { GET: metrics },
  "/v1/chat/completions": { POST: chatCompletions, answers: true },
  "/chat/completions": { POST: chatCompletions, answers: true },
  "/v1/responses": { POST: responses, answers: true },
  "/v1/completions": { POST: completions, answers: true },
  "/completions": { POST: completion, answers: true },
  "/completion": { POST: completion, answers: true },
  "/infill": { POST: infill, answers: true },
  "/v1/embeddings": { POST: embeddings },
  "/embedding": { POST: embedding },
  "/embeddings": { POST: embedding },
  "/v1/rerank": { POST: rerank },
  "/v1/reranking": { POST: rerank },
  "/rerank": { POST: rerank },
  "/reranking": { POST: rerank },
  "/api/chat": { POST: ollamaChat, answers: true },
  "/api/generate": { POST: ollamaGenerate, answers: true },
  "/api/embed": { POST: ollamaEmbed },
  "/api/embeddings": { POST: ollamaEmbedding },
  "/api/tags": { GET: ollamaTags, isPublic: true },
  "/api/ps": { GET: ollamaRunning, isPublic: true },
  "/api/show": { POST: ollamaShow },
  "/api/version": { GET: ollamaVersion, isPublic: true },
  "/tokenize": { POST: tokenize },
  "/detokenize": { POST: detokenize },
  "/apply-template": { POST: applyTemplate },
  "/lora-adapters": { GET: listLoras, POST: changeLoras, listField: "loras" },
};
