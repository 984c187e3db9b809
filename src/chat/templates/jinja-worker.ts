/**
 * A worker thread that renders one template of untrusted source. It posts `null` when it is ready, then answers every
 * request with a result; jinja-thread.ts ends it when one takes too long.
 */
import { platform } from "../../platform/current.js";
import { boundBuiltIns, renderJinja, type TemplateVariables, TooMuch } from "./jinja-interpreter.js";

/** A conversation to render. */
export interface JinjaRequest {
  readonly variables: TemplateVariables;
  /** Characters in the messages. */
  readonly length: number;
}

/** The text, or why there is none: it asked for `tooMuch`, or it `failed`, perhaps by its own wish. */
export type JinjaResult =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "tooMuch" | "failed"; readonly reason: string };

/** Reasons come from the template; more than this nobody wants to read. */
const MAX_REASON = 500;

const host = platform.threadHost();
const source = String(host.data);
boundBuiltIns();
host.onMessage((request) => host.post(render(request as JinjaRequest)));
host.post(null);

function render({ variables, length }: JinjaRequest): JinjaResult {
  try {
    return { kind: "text", text: renderJinja(source, variables, length) };
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, MAX_REASON) : String(error);
    // Nesting that the parser finds ends in a stack that is full.
    if (error instanceof RangeError) return { kind: "tooMuch", reason: `it nests too deep or writes too much` };
    return { kind: error instanceof TooMuch ? "tooMuch" : "failed", reason };
  }
}
