import type { Target } from "../target.js";
import { adapter } from "./adapter.js";
import { calls } from "./calls.js";
import { llama2c, safetensors, sentencePiece, tokenizerJson } from "./convert.js";
import { events } from "./events.js";
import { gguf } from "./gguf.js";
import { gbnf, regex, schema, short } from "./grammar.js";
import { listing, reference, remoteHead } from "./hub.js";
import { cache, transcript } from "./saved.js";
import { template } from "./template.js";
import { text } from "./text.js";
import { tokenizer } from "./tokenizer.js";

/** Every door through which bytes of strangers come. */
export const TARGETS: readonly Target[] = [
  gguf,
  adapter,
  tokenizer,
  transcript,
  cache,
  text,
  gbnf,
  regex,
  schema,
  short,
  reference,
  listing,
  remoteHead,
  safetensors,
  sentencePiece,
  tokenizerJson,
  llama2c,
  calls,
  events,
  // Last, as it bounds what strings can do in the whole process.
  template,
];
