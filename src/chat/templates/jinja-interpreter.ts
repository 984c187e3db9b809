import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { keepMarks } from "../prompt/marks.js";
import { strftime } from "./strftime.js";

/** Evaluated nodes of a template; a conversation of a thousand messages takes some ten thousand. */
const MAX_STEPS = 2_000_000;
/** Nodes within nodes, macros called by macros included. */
const MAX_DEPTH = 1000;
const MAX_ITEMS = 100_000;
/** Characters of any text in the making, on top of four times the messages'. */
const SPARE_LENGTH = 1 << 20;

/** The template asked for more than any chat template needs. */
export class TooMuch extends Error {
  override readonly name = "TooMuch";
}

/** What a template sees. */
export type TemplateVariables = Readonly<Record<string, unknown>>;

/** A value of the interpreter: a text, a number, a list of values and so on. */
interface Value {
  readonly value: unknown;
}

/** What is used of the interpreter; its own declarations do not resolve under Node's module rules. */
interface JinjaInterpreter {
  run(program: unknown): Value;
  /** Undefined for the first item of an empty list. */
  evaluate(node: unknown, environment: unknown): Value | undefined;
}

const JinjaInterpreter = Interpreter as new (environment: unknown) => JinjaInterpreter;

/**
 * Renders a template of untrusted source with trim_blocks and lstrip_blocks, as Hugging Face's tokenizers do. The
 * variables' texts have `length` characters in all.
 *
 * Bounds are checked on every value that the interpreter makes. That leaves those made inside one built-in function,
 * which {@link boundBuiltIns} takes care of, and time, for which the caller has a deadline.
 * @throws TooMuch for templates that ask for too much, anything else for those that fail
 */
export function renderJinja(source: string, variables: TemplateVariables, length: number): string {
  const environment = new Environment();
  const globals = { true: true, false: false, none: null, True: true, False: false, None: null };
  const functions = { raise_exception: raise, range, strftime_now: (format: unknown) => strftime(new Date(), format) };
  for (const [name, value] of Object.entries({ ...globals, ...functions, ...variables })) environment.set(name, value);
  maxLength = SPARE_LENGTH + 4 * length;
  const program = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  return String(new BoundedInterpreter(environment).run(program).value);
}

/** For the template that is being rendered; there is one at a time. */
let maxLength = SPARE_LENGTH;

class BoundedInterpreter extends JinjaInterpreter {
  #steps = 0;
  #depth = 0;

  override evaluate(node: unknown, environment: unknown): Value | undefined {
    if (++this.#steps > MAX_STEPS) throw new TooMuch(`it takes more than ${MAX_STEPS} steps`);
    if (++this.#depth > MAX_DEPTH) throw new TooMuch(`it nests deeper than ${MAX_DEPTH} levels`);
    try {
      const made = super.evaluate(node, environment);
      if (typeof made?.value === "string") boundLength(made.value.length);
      if (Array.isArray(made?.value)) boundItems(made.value.length);
      return made;
    } finally {
      // Also where `continue` and `break` leave by an exception.
      this.#depth--;
    }
  }
}

function raise(message: unknown): never {
  throw new Error(String(message));
}

/** Python's range, which Jinja has too. */
function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const count = Math.max(0, Math.ceil((to - from) / step));
  boundItems(count);
  return Array.from({ length: count }, (_, index) => from + index * step);
}

function boundLength(length: number): void {
  if (length > maxLength) throw new TooMuch(`it writes more than ${maxLength} characters`);
}

function boundItems(count: number): void {
  if (!(count <= MAX_ITEMS)) throw new TooMuch(`it makes lists of more than ${MAX_ITEMS} items`);
}

/**
 * Replaces those of JavaScript's own functions that make long texts from short ones, and which the interpreter's
 * filters are made of: a text of gigabytes would end the whole process, not only the thread that renders. For a
 * thread that does nothing else.
 */
export function boundBuiltIns(): void {
  const { repeat, replaceAll } = String.prototype;
  const { join } = Array.prototype;
  override(String.prototype, "repeat", function (this: string, count: number) {
    boundLength(this.length * count);
    return repeat.call(this, count);
  });
  override(
    String.prototype,
    "replaceAll",
    function (this: string, pattern: RegExp, replacer: (text: string) => string) {
      let length = this.length;
      return replaceAll.call(this, pattern, (match: string) => {
        const replacement = replacer(match);
        length += replacement.length;
        boundLength(length);
        return replacement;
      });
    },
  );
  override(Array.prototype, "join", function (this: unknown[], separator = ",") {
    let length = Math.max(0, this.length - 1) * String(separator).length;
    for (const item of this) length += typeof item === "string" ? item.length : 0;
    boundLength(length);
    return join.call(this, separator);
  });
  const { stringify } = JSON;
  override(JSON, "stringify", (...given: Parameters<typeof stringify>) => {
    const json: string | undefined = stringify(...given);
    return json === undefined ? undefined : keepMarks(json);
  });
}

function override<T extends object, K extends keyof T>(owner: T, name: K, value: unknown): void {
  Object.defineProperty(owner, name, { value, configurable: true, writable: true });
}
