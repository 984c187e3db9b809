import { LlamaError } from "../errors.js";
import type { Grammar } from "../grammar/grammar.js";
import type { GrammarStep } from "../grammar/grammar-step.js";
import type { TokenVocabulary } from "../grammar/mask/vocabulary.js";
import type { Candidates } from "../sampling/candidates.js";
import type { SamplerStep } from "../sampling/step.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";

/** What an answer can be held to: one of these at most. */
export interface FormOptions {
  /** A grammar, or the source of one in GBNF. */
  readonly grammar?: Grammar | string | undefined;
  /**
   * A JSON Schema, or an object of a library that can say what it is as JSON Schema: the answer is JSON that it allows.
   */
  readonly jsonSchema?: unknown;
  /** A regular expression, which the whole answer matches. */
  readonly regex?: string | undefined;
}

export const FORM_OPTIONS: Readonly<Record<keyof FormOptions, true>> = { grammar: true, jsonSchema: true, regex: true };

/**
 * Whether the options ask for a form.
 * @throws LlamaError `option` where they ask for several, or for one of another kind
 */
export function hasForm({ grammar, jsonSchema, regex }: FormOptions): boolean {
  const given = Object.entries({ grammar, jsonSchema, regex }).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    const names = given.map(([name]) => name).join(" and ");
    throw new LlamaError("option", `An answer has one form, but ${names} were given; give one of them.`);
  }
  if (grammar !== undefined && typeof grammar !== "string" && typeof grammar?.createMatcher !== "function") {
    throw new LlamaError("option", "grammar must be a Grammar, or the source of one in GBNF.");
  }
  if (regex !== undefined && typeof regex !== "string") {
    throw new LlamaError("option", "regex must be a string, the source of a regular expression.");
  }
  return given.length > 0;
}

/**
 * The same options with their form made into a grammar, if they have one: any number of answers can share it.
 * @throws LlamaError `grammar` where it is wrong, or asks for too much
 */
export async function withCompiledForm<T extends FormOptions>(options: T): Promise<T> {
  if (!hasForm(options)) return options;
  return { ...options, jsonSchema: undefined, regex: undefined, grammar: await compiled(options) };
}

async function compiled({ grammar, jsonSchema, regex = "" }: FormOptions): Promise<Grammar> {
  const { Grammar } = await import("../grammar/grammar.js");
  if (grammar !== undefined) return typeof grammar === "string" ? Grammar.fromGbnf(grammar) : grammar;
  return jsonSchema === undefined ? Grammar.fromRegex(regex) : Grammar.fromJsonSchema(jsonSchema);
}

/** Holds an answer to its form, once it is prepared: grammars are loaded only where they are asked for. */
export class AnswerForm implements SamplerStep {
  readonly name = "grammar";
  readonly #options: FormOptions;
  #step: GrammarStep | undefined;

  constructor(options: FormOptions) {
    this.#options = options;
  }

  /**
   * Makes the grammar ready, at the beginning of an answer.
   * @param endIds tokens that end the answer, in addition to those of the tokenizer
   * @throws LlamaError `grammar` where it is wrong, or asks for too much
   */
  async prepare(tokenizer: Tokenizer, endIds: ReadonlySet<number> | undefined): Promise<void> {
    const { GrammarStep } = await import("../grammar/grammar-step.js");
    const made = await compiled(this.#options);
    const encode = (continuation: string) => tokenizer.encode(continuation, { addBos: false, addSpacePrefix: false });
    this.#step = new GrammarStep(made.createMatcher(vocabularyOf(tokenizer, endIds)), encode);
  }

  /** Says that the prompt is over. */
  begin(): void {
    this.#prepared.begin();
  }

  /** Tokens that must come next, whatever the model thinks. */
  forcedTokens(): readonly number[] {
    return this.#prepared.forcedTokens();
  }

  /** Whether the answer is whole, and nothing may follow. */
  get isOver(): boolean {
    return this.#prepared.isOver;
  }

  /** Whether the answer may end here, or has ended. */
  get isComplete(): boolean {
    return this.#prepared.matcher.isComplete;
  }

  /** Whether a token is shown as the vocabulary writes it, though it stands for no text: the grammar asks for it. */
  names(id: number): boolean {
    return this.#prepared.matcher.names(id);
  }

  /** Forbids the tokens that the grammar does not allow next. */
  apply(candidates: Candidates): void {
    this.#prepared.apply(candidates);
  }

  /** @throws LlamaError `grammar` where a token of the answer is not allowed */
  accept(id: number): void {
    this.#prepared.accept(id);
  }

  get #prepared(): GrammarStep {
    if (this.#step === undefined) throw new TypeError("the form of an answer was used before it was prepared");
    return this.#step;
  }
}

/** Vocabularies in which more tokens than the tokenizer's end an answer, by those tokens. */
const vocabularies = new WeakMap<ReadonlySet<number>, TokenVocabulary>();

function vocabularyOf(tokenizer: Tokenizer, endIds: ReadonlySet<number> | undefined): TokenVocabulary {
  if (endIds === undefined || [...endIds].every((id) => tokenizer.isEndOfGeneration(id))) return tokenizer;
  let vocabulary = vocabularies.get(endIds);
  if (vocabulary === undefined) {
    vocabulary = {
      size: tokenizer.size,
      bytesOf: (id) => tokenizer.bytesOf(id),
      findId: (piece) => tokenizer.findId(piece),
      isEndOfGeneration: (id) => endIds.has(id) || tokenizer.isEndOfGeneration(id),
    };
    vocabularies.set(endIds, vocabulary);
  }
  return vocabulary;
}
