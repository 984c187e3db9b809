import { LlamaError } from "#dist/errors.js";

/** A door of the package through which bytes of strangers come. */
export interface Target {
  readonly name: string;
  /** Parts of the URLs of the modules behind the door, for the report. */
  readonly modules: readonly string[];
  /** Inputs to begin with, which should all be of some use. */
  seeds(): readonly Uint8Array[];
  /** Pieces that the format's language is made of. */
  readonly words: readonly Uint8Array[];
  /**
   * Lets an input in. Whatever is thrown is a finding, but for refusals, which {@link isRefusal} knows.
   * @throws Error where a promise of the package is broken
   */
  run(input: Uint8Array): void | Promise<void>;
}

/** A sentence for a person: one line, of a sane length, with nothing in it that speaks to a terminal. */
const SENTENCE = /^[^\p{Cc}\p{Bidi_Control}]{1,1200}$/u;

/**
 * Whether an error is a proper refusal.
 * @throws Error where it is one in improper words
 */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof LlamaError)) return false;
  if (!SENTENCE.test(error.message)) throw new Error(`not a sentence: ${JSON.stringify(error.message)}`);
  return true;
}

const utf8 = new TextEncoder();

/** Texts as bytes. */
export function texts(...list: readonly string[]): Uint8Array[] {
  return list.map((text) => utf8.encode(text));
}

/** Bytes as text, whatever they are. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
