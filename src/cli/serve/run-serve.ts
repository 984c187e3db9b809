import { LlamaError, printable } from "../../errors.js";
import { readText } from "../../files/pipe.js";
import type { Llama } from "../../llama.js";
import { failureBody, RequestFailure } from "../../server/failure.js";
import { createFetch } from "../../server/fetch.js";
import { jsonResponse } from "../../server/response/json.js";
import type { LoadFlags } from "../flags/load.js";
import { loadModel } from "../model.js";
import { counted } from "../show/amounts.js";
import { withoutControls } from "../show/plain-text.js";
import type { Terminal } from "../terminal.js";
import { HttpServer } from "./http-server.js";
import { requestLine } from "./request-log.js";

/** What commander makes of the options of `llama2 serve`. */
export interface ServeFlags extends LoadFlags {
  host: string;
  port: number;
  parallel?: number;
  queue?: number;
  alias?: string;
  embeddings?: boolean;
  apiKey?: readonly string[];
  apiKeyFile?: string;
  allowedHost?: readonly string[];
  allowedOrigin?: readonly string[];
  verbose?: boolean;
}

/** Bytes of a file of keys. */
const MAX_KEYS = 1 << 20;

/** Serves a model until the signal; what is under way then is finished. */
export async function runServe(
  terminal: Terminal,
  path: string,
  flags: ServeFlags,
  signal: AbortSignal,
): Promise<void> {
  const apiKeys = [...(flags.apiKey ?? []), ...(await keysOfFile(flags.apiKeyFile, signal))];
  warnOfOpenDoor(terminal, flags.host, apiKeys);
  const server = new HttpServer(async () => loading());
  const address = await server.listen(flags.host, flags.port);
  let llama: Llama | undefined;
  try {
    llama = await loadModel(terminal, path, flags, signal);
    const answer = createFetch(llama, {
      apiKeys,
      hosts: [...(flags.allowedHost ?? []), flags.host.toLowerCase()],
      origins: flags.allowedOrigin,
      alias: flags.alias,
      embedding: flags.embeddings,
      parallel: flags.parallel,
      queue: flags.queue,
      signal,
      onRequest: (entry) => terminal.note(requestLine(entry)),
      onDefect: (error) => terminal.error(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    });
    server.handler = answer;
    terminal.note(`Listening at ${address} · ${counted(flags.parallel ?? 4, "answer")} at once · Ctrl-C ends`);
    if (flags.verbose === true) noteModel(terminal, llama);
    await untilAborted(signal);
    terminal.note("Finishing what is under way; Ctrl-C again ends at once.");
  } finally {
    await server.close();
    await llama?.dispose();
  }
}

function loading(): Response {
  const failure = new RequestFailure("unavailable_error", "Loading model");
  return jsonResponse(failureBody(failure), failure.status, { "retry-after": "1", connection: "close" });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Keys, a line each. */
async function keysOfFile(path: string | undefined, signal: AbortSignal): Promise<string[]> {
  if (path === undefined) return [];
  const text = await readText(path, "a text file with a key a line", MAX_KEYS, signal);
  const keys = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (keys.length === 0) throw new LlamaError("option", `The file of keys, ${printable(path, 256)}, has none.`);
  return keys;
}

function warnOfOpenDoor(terminal: Terminal, host: string, apiKeys: readonly string[]): void {
  const isLoopback = host === "localhost" || host === "::1" || host.startsWith("127.");
  if (isLoopback || apiKeys.length > 0) return;
  terminal.warn(`anybody who reaches ${printable(host, 100)} can use this server; ask for a key with --api-key-file.`);
}

function noteModel(terminal: Terminal, llama: Llama): void {
  const { config, contextSize, threads, kernels } = llama;
  const rows = [
    ["model", withoutControls(config.name)],
    ["context", `${contextSize} tokens of each answer`],
    ["engine", `${counted(threads, "thread")}, ${kernels} kernels`],
    ["OpenAI", "/v1/chat/completions /v1/completions /v1/responses /v1/embeddings /v1/models"],
    ["ollama", "/api/chat /api/generate /api/embed /api/embeddings /api/tags /api/show /api/ps /api/version"],
    [
      "llama.cpp",
      "/completion /infill /embedding /tokenize /detokenize /apply-template /props /slots /metrics /lora-adapters",
    ],
  ];
  for (const [name = "", value = ""] of rows) terminal.note(`${name.padEnd(9)}  ${value}`);
}
