import { wrongField } from "../failure.js";
import type { Fields } from "./fields.js";

/** `stream` and `stream_options` of OpenAI's APIs. */
export function readStreaming(fields: Fields): { readonly isStreamed: boolean; readonly hasUsage: boolean } {
  const isStreamed = fields.boolean("stream") ?? false;
  const options = fields.object("stream_options");
  const hasUsage = options?.boolean("include_usage") ?? false;
  options?.only("include_obfuscation", false);
  options?.refuseRest();
  if (options !== undefined && !isStreamed) {
    throw wrongField("stream_options", "stream_options is of no use without stream: true.");
  }
  return { isStreamed, hasUsage };
}
