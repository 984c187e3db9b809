import { LlamaError, printable } from "../../errors.js";

/**
 * Refuses a schema: `pointer` is the JSON pointer of the place (RFC 6901, "" for the root), `sentence` says what is
 * wrong.
 */
export function refuse(pointer: string, sentence: string): never {
  const place = pointer === "" ? "the root of the JSON schema" : `the JSON schema at ${printable(`#${pointer}`, 200)}`;
  const error = new LlamaError("grammar", `In ${place}: ${sentence}`);
  placed.add(error);
  throw error;
}

const placed = new WeakSet<object>();

/** Throws an error again; one of a grammar that names no place of the schema is given this one. */
export function rethrowAt(pointer: string, error: unknown): never {
  if (error instanceof LlamaError && error.code === "grammar" && !placed.has(error)) {
    refuse(pointer, error.message.charAt(0).toLowerCase() + error.message.slice(1));
  }
  throw error;
}

/** One more step of a JSON pointer, escaped as RFC 6901 has it. */
export function step(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** A name of the schema as a sentence shows it. */
export function quoted(text: string): string {
  return `"${printable(text)}"`;
}
