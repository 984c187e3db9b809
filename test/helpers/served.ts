import assert from "node:assert/strict";
import { bundledModelPath } from "#dist/bundled-model.js";
import { Llama } from "#dist/llama.js";
import { createFetch } from "#dist/server/fetch.js";
import type { ServeOptions } from "#dist/server/options.js";
import { isWhole } from "./long.js";

/** The model in the package, shared by all tests of a process, so none of them disposes of it. */
export const llama = await Llama.load(bundledModelPath, { threads: isWhole ? 2 : 1 });

// biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, of which each test looks at its own
export type Body = any;

/** A client of a server without a port. @param model what is served, by default the model in the package */
export function client(options: ServeOptions = {}, model = llama) {
  const fetch = createFetch(model, options);
  const address = (path: string) => `http://localhost${path}`;
  const post = (path: string, body: unknown, init: RequestInit = {}) =>
    fetch(address(path), { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), ...init });
  return {
    fetch,
    post,
    get: (path: string, init: RequestInit = {}) => fetch(address(path), init),
    /** The body of an answer that is as it should be. */
    async ask(path: string, body: unknown): Promise<Body> {
      const response = await post(path, body);
      const text = await response.text();
      assert.equal(response.status, 200, text);
      return JSON.parse(text);
    },
    /** The objects of a stream. */
    async stream(path: string, body: object): Promise<Body[]> {
      const response = await post(path, { ...body, stream: true });
      const text = await response.text();
      assert.equal(response.status, 200, text);
      assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
      const events = text.split("\n\n").filter((event) => event !== "");
      return events
        .map((event) => event.replace(/^data: /, ""))
        .filter((data) => data !== "[DONE]")
        .map((data) => JSON.parse(data));
    },
    /** The objects of a stream of ollama's, which streams unless it is told not to. */
    async lines(path: string, body: object): Promise<Body[]> {
      const response = await post(path, body);
      const text = await response.text();
      assert.equal(response.status, 200, text);
      assert.equal(response.headers.get("content-type"), "application/x-ndjson");
      assert.ok(text.endsWith("\n"));
      return text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    },
    /** The error of an answer that is refused with a status. */
    async refused(
      path: string,
      body: unknown,
      status: number,
    ): Promise<{ message: string; type: string; param: string | null }> {
      const response = await post(path, body);
      const text = await response.text();
      assert.equal(response.status, status, text);
      const { error } = JSON.parse(text) as Body;
      assert.equal(error.code, status);
      return error;
    },
  };
}
