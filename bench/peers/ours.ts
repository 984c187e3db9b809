/** llama2 as compare.ts runs it: the library as its users have it. */

import type { Session } from "#dist/generation/session.js";
import { Llama } from "#dist/llama.js";
import { type Peer, serve } from "./protocol.js";

class Ours implements Peer {
  #llama: Llama | undefined;
  #session: Session | undefined;

  async load(path: string, threads: number, contextSize: number) {
    this.#llama = await Llama.load(path, { threads, contextSize });
    this.#session = this.#llama.createSession();
    return { version: `${this.#llama.kernels} kernels` };
  }

  async prefill(tokens: readonly number[]) {
    this.#session?.rewind(0);
    await this.#session?.evaluate(tokens);
  }

  async decode(prompt: readonly number[], count: number) {
    const generation = this.#loaded.generate(prompt, { temperature: 0, ignoreEos: true, maxTokens: count + 1 });
    for await (const _ of generation);
    return generation.stats.generateMs;
  }

  async answer(prompt: readonly number[], count: number) {
    const generation = this.#loaded.generate(prompt, { temperature: 0, maxTokens: count });
    for await (const _ of generation);
    return generation.tokens;
  }

  async form(prompt: readonly number[], count: number, schema: object) {
    const generation = this.#loaded.generate(prompt, { temperature: 1, seed: 1, maxTokens: count, jsonSchema: schema });
    for await (const _ of generation);
    return generation.tokens;
  }

  async together(prompts: readonly (readonly number[])[], count: number) {
    const one = async (prompt: readonly number[]) => {
      for await (const _ of this.#loaded.generate(prompt, { temperature: 0, ignoreEos: true, maxTokens: count }));
    };
    await Promise.all(prompts.map(one));
  }

  tokenize(text: string) {
    return this.#loaded.tokenizer.encode(text, { addBos: false });
  }

  get #loaded(): Llama {
    if (this.#llama === undefined) throw new Error("no model is loaded");
    return this.#llama;
  }
}

serve(new Ours());
