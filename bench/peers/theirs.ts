/** node-llama-cpp as compare.ts runs it: on the CPU, with the binary that it ships, and its own defaults. */
import { readFileSync } from "node:fs";
import { type Peer, serve } from "./protocol.js";

/** The part of its interface that is used here; it is not installed where this is compiled. */
interface NodeLlamaCpp {
  getLlama(options: { gpu: false; build: "never"; maxThreads: number; logLevel: "error" }): Promise<{
    loadModel(options: { modelPath: string }): Promise<Model>;
    createGrammarForJsonSchema(schema: object): Promise<object>;
  }>;
  readonly LlamaGrammarEvaluationState: new (options: { model: Model; grammar: object }) => object;
}

interface Model {
  createContext(options: {
    contextSize: number;
    sequences: number;
    batchSize: number;
    threads: { ideal: number; min: number };
  }): Promise<{ getSequence(): Sequence; readonly currentThreads: number }>;
  tokenize(text: string): number[];
}

interface Sequence {
  clearHistory(): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: number[]): Promise<void>;
  evaluate(tokens: number[], options: Evaluation): AsyncGenerator<number>;
}

interface Evaluation {
  readonly temperature: number;
  readonly yieldEogToken: boolean;
  readonly seed?: number;
  readonly grammarEvaluationState?: object;
}

/** llama2's own, so that both work through a prompt in the same steps; it is their default too. */
const BATCH_SIZE = 512;

const folder = new URL("../../../bench/peers/node-llama-cpp/node_modules/node-llama-cpp/", import.meta.url);

class Theirs implements Peer {
  #library: NodeLlamaCpp | undefined;
  #llama: Awaited<ReturnType<NodeLlamaCpp["getLlama"]>> | undefined;
  #model: Model | undefined;
  #sequences: readonly Sequence[] = [];

  async load(path: string, threads: number, contextSize: number, sequences: number) {
    this.#library = (await import(new URL("dist/index.js", folder).href)) as NodeLlamaCpp;
    this.#llama = await this.#library.getLlama({ gpu: false, build: "never", maxThreads: 0, logLevel: "error" });
    this.#model = await this.#llama.loadModel({ modelPath: path });
    const context = await this.#model.createContext({
      contextSize,
      sequences,
      batchSize: BATCH_SIZE,
      threads: { ideal: threads, min: threads },
    });
    this.#sequences = Array.from({ length: sequences }, () => context.getSequence());
    const { version } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8")) as { version: string };
    return { version };
  }

  async prefill(tokens: readonly number[]) {
    await this.#loaded.clearHistory();
    await this.#loaded.evaluateWithoutGeneratingNewTokens([...tokens]);
  }

  async decode(prompt: readonly number[], count: number) {
    await this.#loaded.clearHistory();
    let generated = 0;
    let start = performance.now();
    for await (const _ of this.#loaded.evaluate([...prompt], { temperature: 0, yieldEogToken: true })) {
      if (generated++ === 0) start = performance.now();
      if (generated > count) break;
    }
    return performance.now() - start;
  }

  async answer(prompt: readonly number[], count: number) {
    await this.#loaded.clearHistory();
    const tokens: number[] = [];
    for await (const token of this.#loaded.evaluate([...prompt], { temperature: 0, yieldEogToken: false })) {
      if (tokens.push(token) === count) break;
    }
    return tokens;
  }

  async form(prompt: readonly number[], count: number, schema: object) {
    if (this.#library === undefined || this.#llama === undefined || this.#model === undefined) return [];
    await this.#loaded.clearHistory();
    const grammar = await this.#llama.createGrammarForJsonSchema(schema);
    const grammarEvaluationState = new this.#library.LlamaGrammarEvaluationState({ model: this.#model, grammar });
    const options = { temperature: 1, seed: 1, yieldEogToken: false, grammarEvaluationState };
    const tokens: number[] = [];
    for await (const token of this.#loaded.evaluate([...prompt], options)) {
      if (tokens.push(token) === count) break;
    }
    return tokens;
  }

  async together(prompts: readonly (readonly number[])[], count: number) {
    const one = async (prompt: readonly number[], index: number) => {
      const sequence = this.#sequences[index];
      if (sequence === undefined) throw new Error("there are fewer sequences than prompts");
      await sequence.clearHistory();
      let generated = 0;
      for await (const _ of sequence.evaluate([...prompt], { temperature: 0, yieldEogToken: true })) {
        if (++generated === count) break;
      }
    };
    await Promise.all(prompts.map(one));
  }

  tokenize(text: string) {
    return this.#model?.tokenize(text) ?? [];
  }

  get #loaded(): Sequence {
    const [sequence] = this.#sequences;
    if (sequence === undefined) throw new Error("no model is loaded");
    return sequence;
  }
}

serve(new Theirs());
