import { Parser } from "./earley/parser.js";
import { compileRules } from "./earley/productions.js";
import type { ParserState } from "./earley/state.js";
import { grammarError } from "./errors.js";
import { parseGbnf } from "./gbnf/parse.js";
import { jsonSchemaRules } from "./json-schema/compile.js";
import { lazyGrammar, type Triggers } from "./lazy.js";
import { MaskMaker } from "./mask/mask-maker.js";
import { IndexedVocabulary, type TokenVocabulary } from "./mask/vocabulary.js";
import { Matcher } from "./matcher.js";
import { regexLanguage } from "./regex/language.js";
import { forgetOld } from "./regular/regular.js";
import { type GrammarNode, Rule, type TokenTerminal, terminal } from "./rules.js";
import { jsonSchemaOf } from "./standard-schema.js";
import { LIMITS_OF_WORK, Work, workOfAnswer } from "./work.js";

/** A language of texts, which an answer is held to. */
export class Grammar {
  /** Shared by all who use the grammar, as what it found out about one text serves others. @internal */
  readonly parser: Parser;
  /** The JSON Schema that it was made of, where it was. */
  readonly jsonSchema: unknown;
  /** Units of work that it took to compile, see work.ts. @internal */
  readonly cost: number;
  readonly #root: GrammarNode;
  readonly #tokens: readonly TokenTerminal[];
  readonly #masks = new WeakMap<IndexedVocabulary, MaskMaker>();

  /**
   * @param make makes the rules; what it makes and what they are compiled to counts as one piece of work
   * @throws LlamaError `grammar` where no text matches, or the grammar is too complex
   * @internal
   */
  constructor(make: () => GrammarNode, jsonSchema?: unknown) {
    forgetOld();
    this.jsonSchema = jsonSchema;
    const work = new Work("to compile it takes", LIMITS_OF_WORK.atOnce);
    const { root, tokens, parser } = work.do(() => {
      const root = make();
      const productions = compileRules(root.kind === "rule" ? root : new Rule("root", root));
      return { root, tokens: productions.tokens, parser: new Parser(productions) };
    });
    this.#root = root;
    this.#tokens = tokens;
    this.parser = parser;
    this.cost = work.spent;
  }

  /**
   * The texts of a grammar in GBNF, as llama.cpp documents it, from its rule `root`.
   * @throws LlamaError `grammar`, with line and column, where the source is wrong or asks for too much
   */
  static fromGbnf(source: string): Grammar {
    return new Grammar(() => parseGbnf(source));
  }

  /**
   * The JSON texts that a JSON Schema allows (drafts 4 to 2020-12), or an object of a library that can say what it is
   * as JSON Schema, as zod 4, Valibot and ArkType can. Properties come in the order of the schema.
   * @throws LlamaError `grammar`, with the JSON pointer of the place, where the schema is wrong, uses what is not
   *   supported, allows nothing, or asks for too much
   */
  static fromJsonSchema(schema: unknown): Grammar {
    const written = jsonSchemaOf(schema);
    return new Grammar(() => jsonSchemaRules(written), written);
  }

  /**
   * The texts that a regular expression of ECMAScript matches from their beginning to their end. Characters are code
   * points, as with the flags u and v.
   * @throws LlamaError `grammar`, with the place, where the source is wrong, or has lookaround, backreferences, word
   *   boundaries or flags
   */
  static fromRegex(source: string): Grammar {
    return new Grammar(() => terminal(regexLanguage(source, { meaning: "whole" })));
  }

  /**
   * The grammar of free text in which this grammar holds from a trigger on, to the end or, where `repeats` is true, to
   * the end of its text.
   * @throws LlamaError `grammar` where there is no trigger, or an empty one
   */
  lazy(triggers: Triggers): Grammar {
    return new Grammar(() => lazyGrammar(this.#root, triggers));
  }

  /**
   * Whether a whole text is in the language.
   * @throws LlamaError `grammar` where the grammar names tokens, of which a text alone says nothing, or is too complex
   */
  test(text: string): boolean {
    if (this.#tokens.length > 0) {
      throw grammarError("The grammar names tokens of a model, so a text alone cannot be tested; use a matcher.");
    }
    return this.testBytes(new TextEncoder().encode(text));
  }

  /** `test` for bytes, which need not be whole characters. */
  testBytes(bytes: Uint8Array): boolean {
    let state: ParserState | undefined = this.parser.start;
    const work = workOfAnswer();
    for (const byte of bytes) {
      this.parser.forgetOld();
      const before: ParserState = state;
      state = work.do(() => this.parser.step(before, byte));
      if (state === undefined) return false;
      work.refill(LIMITS_OF_WORK.perToken);
    }
    return state.isComplete;
  }

  /**
   * A matcher at the beginning of a text, for a tokenizer or whatever else knows the bytes of tokens. The first one
   * for a vocabulary takes a moment longer, which later ones of any grammar do not.
   * @throws LlamaError `grammar` where the grammar names a token that the vocabulary has not
   */
  createMatcher(tokenizer: TokenVocabulary): Matcher {
    const vocabulary = IndexedVocabulary.of(tokenizer);
    let masks = this.#masks.get(vocabulary);
    if (masks === undefined) {
      masks = new MaskMaker(this.parser, vocabulary, this.#tokens);
      this.#masks.set(vocabulary, masks);
    }
    return new Matcher(this.parser, vocabulary, masks);
  }
}
