/** A small server that speaks as OpenAI's do, or as badly as a test wants it to. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";

/** A request as it came. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Record<string, unknown>;
}

export interface OpenAiServer {
  /** Without a path. */
  readonly address: string;
  readonly seen: SeenRequest[];
  /** What the next requests are answered with; `undefined` is the usual way. */
  answer: ((request: SeenRequest, response: ServerResponse) => void) | undefined;
  /** The pieces of the usual answer. */
  pieces: readonly string[];
  models: readonly string[];
  /** Settles when a client has closed a connection before its answer was whole. */
  closed: Promise<void>;
}

export async function startOpenAiServer(): Promise<OpenAiServer> {
  let onClosed = () => {};
  const closed = new Promise<void>((resolve) => {
    onClosed = resolve;
  });
  const state = { seen: [] as SeenRequest[], answer: undefined, pieces: ["Hel", "lo."], models: ["tiny"], closed };
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    response.on("close", () => {
      if (!response.writableEnded) onClosed();
    });
    request.on("end", () => {
      const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
      const one = { path: request.url ?? "", headers: request.headers, body };
      started.seen.push(one);
      if (started.answer !== undefined) started.answer(one, response);
      else usual(started, one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const started: OpenAiServer = {
    ...state,
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  return started;
}

/** Begins a stream of events. */
export function stream(response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
}

export function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function usual({ models, pieces }: OpenAiServer, { path }: SeenRequest, response: ServerResponse): void {
  if (path === "/v1/models") {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ object: "list", data: models.map((id) => ({ id, object: "model" })) }));
    return;
  }
  const isChat = path === "/v1/chat/completions";
  if (!isChat && path !== "/v1/completions") {
    response.writeHead(404, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ error: { message: `no ${path} here`, type: "not_found_error" } }));
    return;
  }
  stream(response);
  response.write(": a comment\r\n\r\n");
  if (isChat) response.write(event({ choices: [{ index: 0, delta: { role: "assistant", content: null } }] }));
  for (const piece of pieces) {
    response.write(event({ choices: [{ index: 0, ...(isChat ? { delta: { content: piece } } : { text: piece }) }] }));
  }
  response.write(event({ choices: [{ index: 0, ...(isChat && { delta: {} }), finish_reason: "stop" }] }));
  response.write(event({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } }));
  response.end("data: [DONE]\n\n");
}
