/**
 * How compare.ts talks to the two programs. Each runs in a process of its own, keeps one model loaded, and does one
 * thing at a time: a request goes one way, its answer comes back.
 */
export type Request =
  | {
      readonly kind: "load";
      readonly path: string;
      readonly threads: number;
      readonly contextSize: number;
      /** Answers that it can compute at once; one where it says nothing. */
      readonly sequences?: number;
    }
  /** Evaluates the tokens behind nothing. */
  | { readonly kind: "prefill"; readonly tokens: readonly number[] }
  /** Chooses tokens greedily behind the prompt until the model ends, so many at most. */
  | { readonly kind: "answer"; readonly prompt: readonly number[]; readonly count: number }
  /** Generates so many tokens behind the prompt, and goes on where the model would end. */
  | { readonly kind: "decode"; readonly prompt: readonly number[]; readonly count: number }
  /** The same, sampled at temperature 1 in the form of a JSON schema; time counts from reading the schema on. */
  | { readonly kind: "form"; readonly prompt: readonly number[]; readonly count: number; readonly schema: object }
  /** Generates so many tokens behind each of the prompts at once; prompts and first tokens count here. */
  | { readonly kind: "together"; readonly prompts: readonly (readonly number[])[]; readonly count: number }
  /** Ids of a text without BOS. */
  | { readonly kind: "tokenize"; readonly text: string };

export interface Answer {
  /** Of the work itself; in `decode` without the prompt and the first token. */
  readonly milliseconds: number;
  /** Of all processors, that the process used for all of the request. */
  readonly cpuMilliseconds: number;
  /** What `answer` and `form` chose, or `tokenize` found. */
  readonly tokens: readonly number[];
  /** Whether `form` got a schema that the program does not take. */
  readonly refused: boolean;
  /** What the program says of itself, after `load`. */
  readonly version: string;
  /** Most that the process has had in memory so far. */
  readonly peakBytes: number;
}

/** A program under comparison. */
export interface Peer {
  load(path: string, threads: number, contextSize: number, sequences: number): Promise<{ readonly version: string }>;
  prefill(tokens: readonly number[]): Promise<void>;
  answer(prompt: readonly number[], count: number): Promise<readonly number[]>;
  /** Generates `count` + 1 tokens, and returns the milliseconds from the first to the last. */
  decode(prompt: readonly number[], count: number): Promise<number>;
  /** @throws where the program does not take the schema */
  form(prompt: readonly number[], count: number, schema: object): Promise<readonly number[]>;
  together(prompts: readonly (readonly number[])[], count: number): Promise<void>;
  tokenize(text: string): readonly number[];
}

/** Serves requests from the parent process until that goes away. */
export function serve(peer: Peer): void {
  process.on("message", (request: Request) => {
    answer(peer, request).then(
      (message) => process.send?.(message),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}

async function answer(peer: Peer, request: Request): Promise<Answer> {
  const start = performance.now();
  const cpuBefore = process.cpuUsage();
  const result = await perform(peer, request);
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    milliseconds,
    cpuMilliseconds: (user + system) / 1e3,
    tokens: [],
    refused: false,
    version: "",
    peakBytes: process.resourceUsage().maxRSS * 1024,
    ...result,
  };
}

async function perform(peer: Peer, request: Request): Promise<Partial<Answer>> {
  switch (request.kind) {
    case "load":
      return await peer.load(request.path, request.threads, request.contextSize, request.sequences ?? 1);
    case "prefill":
      await peer.prefill(request.tokens);
      return {};
    case "answer":
      return { tokens: await peer.answer(request.prompt, request.count) };
    case "decode":
      return { milliseconds: await peer.decode(request.prompt, request.count) };
    case "form":
      return await peer.form(request.prompt, request.count, request.schema).then(
        (tokens) => ({ tokens }),
        () => ({ refused: true }),
      );
    case "together":
      await peer.together(request.prompts, request.count);
      return {};
    case "tokenize":
      return { tokens: peer.tokenize(request.text) };
  }
}
