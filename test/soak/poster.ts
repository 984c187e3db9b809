import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";

/**
 * Sends requests with `node:http`. Node 20's `fetch` holds its signal weakly: a body that was aborted may neither end
 * nor fail, which looks like a server that lost a request.
 */
export class Poster {
  readonly #agent = new Agent({
    keepAlive: true,
    // Before the server gives a connection up that nobody uses, or a request would be sent into its end.
    timeout: 5000,
  });
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** @returns the response once its head is there; its pieces throw where they break off */
  post(body: string, signal?: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const asked = request(this.#url, { method: "POST", agent: this.#agent }, resolve);
      asked.on("error", reject);
      // A signal among the options would end the connection under whoever uses it next.
      const giveUp = () => asked.destroy(new Error("given up"));
      signal?.addEventListener("abort", giveUp);
      asked.on("close", () => signal?.removeEventListener("abort", giveUp));
      asked.end(body);
    });
  }

  /** A response's body, whole. */
  async postForText(body: string): Promise<{ status: number | undefined; text: string }> {
    const response = await this.post(body);
    return { status: response.statusCode, text: await text(response) };
  }

  close(): void {
    this.#agent.destroy();
  }
}
