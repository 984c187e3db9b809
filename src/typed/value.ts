import { AnswerError, LlamaError, printable } from "../errors.js";
import type { FinishReason } from "../generation/token-loop.js";
import { isStandardSchema, type SchemaValue, type ValidationIssue } from "./schema.js";

/** How an answer ended. */
export interface EndedAnswer {
  readonly text: string;
  readonly finishReason: FinishReason | undefined;
  /** Whether a stop string cut it, wherever it was. */
  readonly isCut: boolean;
}

/** The forms that an answer may be asked for in, of which `schema` is one. */
const FORMS = ["grammar", "jsonSchema", "regex"] as const;

/** @throws LlamaError `option` where options of an answer with a schema ask for another form too */
export function refuseOtherForms(options: Readonly<Record<string, unknown>>): void {
  const other = FORMS.find((name) => options[name] !== undefined);
  if (other === undefined) return;
  throw new LlamaError("option", `An answer has one form, but schema and ${other} were given; give one of them.`);
}

/**
 * The value that an answer's text stands for, as its schema makes it.
 * @throws AnswerError where the answer was cut off, or the schema's library refuses the value; the signal's reason
 *   where it was aborted
 */
export async function readValue<S>(schema: S, answer: EndedAnswer, signal?: AbortSignal): Promise<SchemaValue<S>> {
  const { text, finishReason } = answer;
  if (finishReason === "abort") signal?.throwIfAborted();
  if (finishReason !== "stop" || answer.isCut) throw new AnswerError(`${cutOff(answer)}.`, text);
  const value: unknown = JSON.parse(text);
  const read = await valueBySchema(schema, value);
  if ("value" in read) return read.value;
  throw new AnswerError(`The answer has the schema's form, but is refused by it: ${read.issues}`, text);
}

/** A value as the schema's library makes it, or what that says against it. */
export async function valueBySchema<S>(
  schema: S,
  value: unknown,
): Promise<{ readonly value: SchemaValue<S> } | { readonly issues: string }> {
  if (!isStandardSchema(schema)) return { value: value as SchemaValue<S> };
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return { value: result.value as SchemaValue<S> };
  return { issues: result.issues.slice(0, 3).map(shown).join("; ") };
}

function cutOff({ finishReason, isCut }: EndedAnswer): string {
  if (isCut) return "The answer was cut off by a stop string before its value was whole; leave stop out";
  if (finishReason === "length") return "The answer was cut off before its value was whole; raise maxTokens";
  if (finishReason === "context") {
    return "The context was full before the answer's value was whole; load the model with a larger contextSize";
  }
  return "The answer ended before its value was whole";
}

function shown({ message, path = [] }: ValidationIssue): string {
  const place = path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
  return printable(place === "" ? message : `${place}: ${message}`, 200);
}
