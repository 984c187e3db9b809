import type { FinishReason } from "../generation/token-loop.js";
import { parsePartialJson } from "./partial-json.js";
import type { DeepPartial, SchemaValue } from "./schema.js";
import { readValue } from "./value.js";

/** An answer on its way. */
export interface StreamedAnswer extends AsyncIterable<string> {
  readonly text: string;
  readonly finishReason: FinishReason | undefined;
  /** Whether a stop string cut it. */
  readonly isCut: boolean;
}

/**
 * What an answer's value is so far, whenever more of it is known; at last the whole value.
 * @throws AnswerError where the answer was cut off, or the schema's library refuses the value; the signal's reason
 *   where it was aborted
 */
export async function* valuesOf<S>(
  answer: StreamedAnswer,
  schema: S,
  signal: AbortSignal | undefined,
): AsyncGenerator<DeepPartial<SchemaValue<S>>, SchemaValue<S>, undefined> {
  let shown: string | undefined;
  for await (const _ of answer) {
    const partial = parsePartialJson(answer.text);
    const next = JSON.stringify(partial);
    if (next === shown) continue;
    shown = next;
    yield partial as DeepPartial<SchemaValue<S>>;
  }
  return readValue(schema, answer, signal);
}
