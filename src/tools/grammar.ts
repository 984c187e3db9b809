import { LlamaError } from "../errors.js";
import { Grammar } from "../grammar/grammar.js";
import { jsonSchemaRules } from "../grammar/json-schema/compile.js";
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  keyText,
  OPEN_ARRAY,
  OPEN_OBJECT,
  SPACE,
} from "../grammar/json-schema/json-text.js";
import { lazyGrammar } from "../grammar/lazy.js";
import type { TokenVocabulary } from "../grammar/mask/vocabulary.js";
import { regexLanguage } from "../grammar/regex/language.js";
import { ANY_TEXT, complement, concatenation, unionOf } from "../grammar/regular/build.js";
import { text } from "../grammar/regular/utf8.js";
import {
  choice,
  choiceOf,
  type GrammarNode,
  optional,
  repetition,
  sequence,
  terminal,
  token,
} from "../grammar/rules.js";
import { jsonSchemaOf } from "../grammar/standard-schema.js";
import { factsOf, type ToolFormat } from "./format.js";
import { type CheckedTool, checkToolChoice, checkTools, type ToolChoice, type ToolDescription } from "./tool.js";

/** How calls may be made. */
export interface ToolGrammarOptions {
  /** Whether several calls may be made in one answer; by default they may, where the format has a way to write them. */
  readonly parallel?: boolean | undefined;
  /** A schema of answers that call nothing, which are JSON then; by default they are free text. */
  readonly answer?: unknown;
  /**
   * The model's tokenizer: where its vocabulary has the format's markers as control tokens, calls begin with those.
   * Without it they are text.
   */
  readonly vocabulary?: TokenVocabulary | undefined;
}

/**
 * The grammar of answers that may call tools: free text, and from the format's marker on calls of functions that there
 * are, with arguments that their schemas allow. With `required` or a name there are calls alone; with `none` there are
 * none. In the `generic` format the whole answer is JSON, always.
 * @returns undefined where there are no tools, so that answers are free
 * @throws LlamaError `option` for tools, a format or a choice that is none; `grammar` for schemas that are wrong,
 *   unsupported or ask for too much, with the tool's name
 */
export function toolGrammar(
  tools: readonly ToolDescription[],
  format: ToolFormat,
  choice: ToolChoice = "auto",
  options: ToolGrammarOptions = {},
): Grammar | undefined {
  factsOf(format);
  const all = checkTools(tools);
  checkToolChoice(choice, all);
  if (all.length === 0) return undefined;
  const chosen = typeof choice === "object" ? all.filter(({ name }) => name === choice.name) : all;
  const writer = new CallWriter(format, chosen, options);
  if (choice === "none") return new Grammar(() => writer.none());
  return new Grammar(() => (choice === "auto" ? writer.auto() : writer.required()));
}

/** Writes the rules of calls. */
class CallWriter {
  readonly #format: ToolFormat;
  readonly #tools: readonly CheckedTool[];
  readonly #parallel: boolean;
  readonly #vocabulary: TokenVocabulary | undefined;
  readonly #answer: unknown;

  constructor(format: ToolFormat, tools: readonly CheckedTool[], options: ToolGrammarOptions) {
    const { parallel = true, vocabulary, answer } = options;
    this.#format = format;
    this.#tools = tools;
    this.#parallel = parallel;
    this.#vocabulary = vocabulary;
    this.#answer = answer;
  }

  /** An answer without calls. */
  none(): GrammarNode {
    const { trigger } = factsOf(this.#format);
    if (this.#format === "generic") return wrapped("response", jsonSchemaRules(this.#schema ?? { type: "string" }));
    if (this.#schema !== undefined) return jsonSchemaRules(this.#schema);
    return terminal(complement(trigger === undefined ? CALL_BEGINNING : holding(trigger)));
  }

  /** Calls, or an answer without. */
  auto(): GrammarNode {
    const { trigger } = factsOf(this.#format);
    if (trigger !== undefined && this.#schema === undefined) {
      const marker = this.#controlId(trigger);
      return lazyGrammar(this.#behindMarker(trigger), {
        words: [trigger],
        tokens: marker === undefined ? [] : [marker],
      });
    }
    return choice(this.none(), this.required());
  }

  get #schema(): unknown {
    return this.#answer === undefined ? undefined : jsonSchemaOf(this.#answer);
  }

  /** Calls alone. */
  required(): GrammarNode {
    const { trigger } = factsOf(this.#format);
    if (trigger !== undefined) return sequence(this.#marker(trigger), this.#behindMarker(trigger));
    if (this.#format === "generic") return wrapped("tool_calls", this.#list());
    const python = this.#controlId("<|python_tag|>");
    return sequence(...(python === undefined ? [] : [optional(token([python]))]), this.#object());
  }

  /** What follows the marker that begins calls, to the end of the answer. */
  #behindMarker(trigger: string): GrammarNode {
    if (this.#format === "mistral") return sequence(SPACE_NODE, this.#list());
    const call = this.#format === "hermes" ? this.#hermes() : this.#functionary();
    if (!this.#parallel) return call;
    const next = sequence(SPACE_NODE, this.#marker(trigger), call);
    return sequence(call, repetition(next, 0, Number.POSITIVE_INFINITY));
  }

  #hermes(): GrammarNode {
    return sequence(SPACE_NODE, this.#object(), SPACE_NODE, this.#marker("</tool_call>"));
  }

  #functionary(): GrammarNode {
    return this.#eachTool((tool) =>
      sequence(terminal(text(`${tool.name}>`)), argumentsOf(tool), this.#marker("</function>")),
    );
  }

  /** Calls as a list, of one where several may not be made. */
  #list(): GrammarNode {
    const item = this.#object();
    const more = repetition(sequence(terminal(COMMA), item), 0, this.#parallel ? Number.POSITIVE_INFINITY : 0);
    return sequence(terminal(OPEN_ARRAY), item, more, terminal(CLOSE_ARRAY));
  }

  /** A call as an object. */
  #object(): GrammarNode {
    const { argumentsKey } = factsOf(this.#format);
    // Some models of Mistral number their calls.
    const id = this.#format === "mistral" ? optional(CALL_ID) : sequence();
    return this.#eachTool((tool) =>
      sequence(
        terminal(concatenation(OPEN_OBJECT, key("name"), text(JSON.stringify(tool.name)), COMMA, key(argumentsKey))),
        argumentsOf(tool),
        id,
        terminal(CLOSE_OBJECT),
      ),
    );
  }

  #eachTool(write: (tool: CheckedTool) => GrammarNode): GrammarNode {
    return choiceOf(this.#tools.map(write));
  }

  /** A text of the format, or the control token that is spelled so. */
  #marker(word: string): GrammarNode {
    const id = this.#controlId(word);
    const written = terminal(text(word));
    return id === undefined ? written : choice(token([id]), written);
  }

  /** The token that a text is spelled as and that has no text itself. */
  #controlId(word: string): number | undefined {
    const id = this.#vocabulary?.findId(word);
    return id === undefined || this.#vocabulary?.bytesOf(id).length !== 0 ? undefined : id;
  }
}

const SPACE_NODE = terminal(SPACE);
const CALL_ID = terminal(concatenation(COMMA, key("id"), regexLanguage('"[a-zA-Z0-9]{9}"', { meaning: "whole" })));
/** Texts that can only go on as a call of Llama 3.1. */
const CALL_BEGINNING = concatenation(
  unionOf([SPACE, text("<|python_tag|>")]),
  OPEN_OBJECT,
  text('"name"'),
  SPACE,
  text(":"),
  ANY_TEXT,
);

function key(name: string) {
  return keyText(text(JSON.stringify(name)));
}

function wrapped(name: string, value: GrammarNode): GrammarNode {
  return sequence(terminal(concatenation(OPEN_OBJECT, key(name))), value, terminal(CLOSE_OBJECT));
}

function holding(word: string) {
  return concatenation(ANY_TEXT, text(word), ANY_TEXT);
}

function argumentsOf({ name, parameters }: CheckedTool): GrammarNode {
  try {
    return jsonSchemaRules(parameters);
  } catch (error) {
    if (!(error instanceof LlamaError)) throw error;
    throw new LlamaError(
      error.code,
      `The arguments of the tool "${name}" have a schema that is refused. ${error.message}`,
    );
  }
}
