/**
 * What went wrong, for programs to branch on:
 *
 * - `not-found`, `unreadable`: the file is missing or cannot be read
 * - `unwritable`: a file cannot be written
 * - `exists`: a file is there already and was not to be replaced
 * - `format`: the file is not of the expected format, or breaks its rules
 * - `network`: a server cannot be reached, breaks off or is overloaded
 * - `access`: a server asks for a token, or for a licence to be accepted
 * - `integrity`: what was downloaded is not what its checksum says
 * - `unsupported`: valid, but of a kind this engine does not run
 * - `model`: hyperparameters or tensors do not make up a Llama model
 * - `memory`: the model or context needs more memory than there is
 * - `option`: an argument from the caller is out of range
 * - `context`: a prompt does not fit the context
 * - `template`: a chat template is damaged, or asks for too much
 * - `grammar`: a grammar, JSON schema or regular expression is wrong, unsupported or asks for too much
 * - `answer`: an answer ended before it was whole, or its schema refuses it: an {@link AnswerError}
 * - `numeric`: the weights hold, or the model computed, NaN or infinity
 * - `disposed`: the object was used after `dispose()`
 * - `worker`: a worker thread died
 */
export type LlamaErrorCode =
  | "not-found"
  | "unreadable"
  | "unwritable"
  | "exists"
  | "network"
  | "access"
  | "integrity"
  | "format"
  | "unsupported"
  | "model"
  | "memory"
  | "option"
  | "context"
  | "template"
  | "grammar"
  | "answer"
  | "numeric"
  | "disposed"
  | "worker";

/**
 * An error meant for a person: one sentence that says what was found, what was expected and what to do.
 * Anything else that is thrown is a defect of this package.
 */
export class LlamaError extends Error {
  override readonly name = "LlamaError";
  readonly code: LlamaErrorCode;

  constructor(code: LlamaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether there was no memory for something, which may fit once less is asked for or something else is let go. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof LlamaError && error.code === "memory";
}

/** An answer that was to be a value, and is none. */
export class AnswerError extends LlamaError {
  /** What there is of the answer. */
  readonly partial: string;

  constructor(message: string, partial: string) {
    super("answer", message);
    this.partial = partial;
  }
}

/** What speaks to a terminal, or turns the direction of text, and that JSON leaves as it is. */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text from an untrusted file, made safe to show in a terminal: control characters escaped, length bounded. */
export function printable(text: string, maxLength = 64): string {
  return printableJson(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text, Number.POSITIVE_INFINITY).slice(
    1,
    -1,
  );
}

/** A value as JSON, as safe to show and as bounded. */
export function printableJson(value: unknown, maxLength = 64): string {
  const json = JSON.stringify(value) ?? String(value);
  return safeJson(json.length > maxLength ? `${json.slice(0, maxLength)}…` : json);
}

/** JSON of the same value in which nothing speaks to a terminal. */
export function safeJson(json: string): string {
  return json.replace(UNSAFE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
