import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { Llama } from "#dist/llama.js";
import { seededRandom } from "../helpers/random.js";
import { Poster } from "./poster.js";
import { ServedProcess } from "./served.js";

/** What a server under load did until now, and what it holds. */
export interface ServedUntilNow {
  readonly seconds: number;
  /** Answers that were read whole and compared. */
  readonly answers: number;
  readonly cancelled: number;
  /** Requests that were no requests, and were refused as such. */
  readonly refused: number;
  /** Answers with another text than the library's, refusals of another kind, and what broke off. */
  readonly wrong: readonly string[];
  /** Milliseconds to the first piece of streamed answers. */
  readonly firstMs: { readonly median: number; readonly p99: number };
  readonly residentMiB: number | undefined;
  readonly files: number | undefined;
}

interface Case {
  readonly body: object;
  readonly text: string;
}

const PROMPTS = [
  "Once upon a time",
  "Once upon a time there was a little",
  "The cat",
  "One day, Tom and his dog",
  "3 + 4",
];
const SEEDS = 4;
const MAX_TOKENS = 24;

/**
 * Has clients ask a server all at once, some of them badly: they go away, read slowly, send bodies that are no JSON or
 * break off, and heads that never end. Every answer is compared with the library's.
 * @param every seconds between two reports
 * @param least answers that are read, however long they take
 */
export async function* loadServer(
  path: string,
  clients: number,
  seconds: number,
  every: number,
  least = 0,
): AsyncGenerator<ServedUntilNow, void, undefined> {
  const cases = await expected(path);
  const server = await ServedProcess.start(path, ["--parallel", "8", "--queue", "1000"]);
  const load = new Load(server, cases);
  const start = performance.now();
  const isOver = () => performance.now() - start > seconds * 1000 && load.answers >= least;
  try {
    const all = Promise.all(Array.from({ length: clients }, (_, seed) => load.client(seed, isOver)));
    for (let at = every; at < seconds; at += every) {
      await wait(Math.max(0, at * 1000 - (performance.now() - start)));
      yield load.report((performance.now() - start) / 1000);
    }
    await all;
    for (let tries = 0; (await server.busy()) > 0; tries++) {
      if (tries === 200) load.wrong.push("an answer goes on that nobody waits for");
      if (tries === 200) break;
      await wait(50);
    }
    await load.endWhileAtWork();
    yield load.report((performance.now() - start) / 1000);
  } finally {
    load.close();
    await server.stop();
  }
}

async function expected(path: string): Promise<Case[]> {
  const llama = await Llama.load(path);
  const cases: Case[] = [];
  for (const prompt of PROMPTS) {
    for (let seed = 0; seed < SEEDS; seed++) {
      const text = await llama.complete(prompt, { temperature: 1, seed, maxTokens: MAX_TOKENS });
      cases.push({ body: { prompt, temperature: 1, seed, max_tokens: MAX_TOKENS }, text });
    }
  }
  await llama.dispose();
  return cases;
}

/** A request that nobody answers is told of, and waited for no longer. */
async function inTime(what: string, request: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const late = wait(120_000, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${what} was not answered in two minutes`);
  });
  try {
    await Promise.race([request, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

class Load {
  readonly wrong: string[] = [];
  readonly #server: ServedProcess;
  readonly #poster: Poster;
  readonly #cases: readonly Case[];
  readonly #firstMs: number[] = [];
  readonly #silent: Socket[] = [];
  #answers = 0;
  #cancelled = 0;
  #refused = 0;
  #last: Pick<ServedUntilNow, "residentMiB" | "files"> = { residentMiB: undefined, files: undefined };

  constructor(server: ServedProcess, cases: readonly Case[]) {
    this.#server = server;
    this.#poster = new Poster(`${server.url}/v1/completions`);
    this.#cases = cases;
  }

  get answers(): number {
    return this.#answers;
  }

  close(): void {
    this.#poster.close();
    for (const socket of this.#silent) socket.destroy();
  }

  report(seconds: number): ServedUntilNow {
    const { residentMiB, files } = this.#server;
    // A process that has ended holds nothing.
    if (residentMiB !== undefined && !Number.isNaN(residentMiB)) this.#last = { residentMiB, files };
    const sorted = this.#firstMs.toSorted((a, b) => a - b);
    const at = (part: number) => Math.round(sorted[Math.floor(part * (sorted.length - 1))] ?? 0);
    return {
      seconds: Math.round(seconds),
      answers: this.#answers,
      cancelled: this.#cancelled,
      refused: this.#refused,
      wrong: this.wrong,
      firstMs: { median: at(0.5), p99: at(0.99) },
      ...this.#last,
    };
  }

  /** One client, which asks again and again. */
  async client(seed: number, isOver: () => boolean): Promise<void> {
    const random = seededRandom(seed + 1);
    while (!isOver()) {
      const one = this.#cases[Math.floor(random() * this.#cases.length)] as Case;
      const how = random();
      try {
        const [what, act] = this.#action(one, how, Math.floor(random() * 8));
        await inTime(what, act());
      } catch (error) {
        this.wrong.push(String(error));
      }
    }
  }

  /** @param how chance, from 0 to 1; @param pieces that a client who goes away waits for */
  #action(one: Case, how: number, pieces: number): [what: string, act: () => Promise<void>] {
    if (how < 0.35) return ["a whole answer", () => this.#whole(one)];
    if (how < 0.65) return ["a streamed answer", () => this.#streamed(one, 0)];
    if (how < 0.73) return ["a slow reader's answer", () => this.#streamed(one, 20)];
    if (how < 0.86) return [`an answer given up after ${pieces}`, () => this.#cancel(one, pieces)];
    if (how < 0.92) return ["a body that is no JSON", () => this.#noJson()];
    return ["what breaks off", () => this.#brokenOff(Math.floor(((how - 0.92) / 0.08) * 4), one)];
  }

  /** What is under way when the server is asked to end is answered whole. */
  async endWhileAtWork(): Promise<void> {
    const asked = this.#cases.slice(0, 8).map((one) => this.#streamed(one, 5));
    for (let tries = 0; tries < 40 && (await this.#server.busy()) < 8; tries++) await wait(5);
    const code = this.#server.stop();
    const ended = await Promise.allSettled(asked);
    for (const each of ended) {
      if (each.status === "fulfilled") continue;
      // Who had not begun by then is refused as such.
      if (String(each.reason).includes("shutting down")) this.#refused++;
      else this.wrong.push(`at the end: ${each.reason}`);
    }
    if ((await code) !== 143) this.wrong.push(`the server ended with ${await code}`);
  }

  async #whole({ body, text }: Case): Promise<void> {
    const answered = await this.#poster.postForText(JSON.stringify(body));
    const { choices } = JSON.parse(answered.text) as { choices?: { text: string }[] };
    this.#compare(choices?.[0]?.text ?? `status ${answered.status}`, text);
  }

  /** @param pause milliseconds before each read */
  async #streamed({ body, text }: Case, pause: number): Promise<void> {
    const start = performance.now();
    const response = await this.#poster.post(JSON.stringify({ ...body, stream: true }));
    const decoder = new TextDecoder();
    let read = "";
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      if (read === "") this.#firstMs.push(performance.now() - start);
      read += decoder.decode(chunk, { stream: true });
      if (pause > 0) await wait(pause);
    }
    const events = read.split("\n\n").filter((event) => event.startsWith("data: "));
    if (events.pop() !== "data: [DONE]") throw new Error(`a stream broke off: ${read.slice(-200)}`);
    const pieces = events.map((event) => (JSON.parse(event.slice(6)) as { choices: { text: string }[] }).choices[0]);
    this.#compare(pieces.map((piece) => piece?.text ?? "").join(""), text);
  }

  #compare(found: string, text: string): void {
    if (found === text) this.#answers++;
    else this.wrong.push(`${JSON.stringify(found)} instead of ${JSON.stringify(text)}`);
  }

  /** Goes away after some pieces, or before the first. */
  async #cancel({ body }: Case, after: number): Promise<void> {
    const controller = new AbortController();
    const asked = JSON.stringify({ ...body, max_tokens: 200, ignore_eos: true, stream: true });
    try {
      if (after === 0) setTimeout(() => controller.abort(), 5);
      let pieces = 0;
      for await (const _ of await this.#poster.post(asked, controller.signal)) {
        if (++pieces === after) controller.abort();
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
    this.#cancelled++;
  }

  async #noJson(): Promise<void> {
    const { status } = await this.#poster.postForText('{"prompt": "a"');
    if (status !== 400) throw new Error(`a body that is no JSON got ${status}`);
    this.#refused++;
  }

  /**
   * A connection that ends in the middle of a head or a body, without a word; one whose client ends its own half and
   * reads no answer; or one that is left open and says nothing more.
   */
  async #brokenOff(kind: number, { body }: Case): Promise<void> {
    const { hostname, port } = new URL(this.#server.url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    socket.on("error", () => undefined);
    const head = `POST /v1/completions HTTP/1.1\r\nHost: ${hostname}\r\n`;
    const asked = JSON.stringify(body);
    const cut = `${head}Content-Length: 1000\r\n\r\n{"prompt": `;
    socket.write([head, cut, `${head}Content-Length: ${asked.length}\r\n\r\n${asked}`, cut][kind] ?? head);
    if (kind === 2) socket.end();
    await wait(100);
    if (kind === 3) this.#silent.push(socket);
    else socket.destroy();
    this.#refused++;
  }
}
