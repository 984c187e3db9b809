import { CodeError } from "./code-error.js";
import { bounded, nameOf, type Value } from "./values.js";

type Kind = "number" | "string" | "scalar";

/** What follows the object: the kinds of the arguments, how many may be left out, and what is done. */
interface Method<T> {
  readonly takes: readonly Kind[];
  readonly optional?: number;
  readonly run: (object: T, ...args: never[]) => Value;
}

const OF_ARRAYS: ReadonlyMap<string, Method<Value[]>> = new Map([
  ["push", { takes: ["scalar"], run: (list: Value[], item: Value) => list.push(item) }],
  ["includes", { takes: ["scalar"], run: (list: Value[], item: Value) => list.includes(item) }],
  ["indexOf", { takes: ["scalar"], run: (list: Value[], item: Value) => list.indexOf(item) }],
  ["join", { takes: ["string"], run: (list: Value[], between: string) => list.join(between) }],
  [
    "slice",
    { takes: ["number", "number"], optional: 1, run: (list: Value[], a: number, b?: number) => list.slice(a, b) },
  ],
] as const);

const OF_STRINGS: ReadonlyMap<string, Method<string>> = new Map([
  ["includes", { takes: ["string"], run: (text: string, part: string) => text.includes(part) }],
  ["indexOf", { takes: ["string"], run: (text: string, part: string) => text.indexOf(part) }],
  [
    "slice",
    { takes: ["number", "number"], optional: 1, run: (text: string, a: number, b?: number) => text.slice(a, b) },
  ],
  ["toUpperCase", { takes: [], run: (text: string) => text.toUpperCase() }],
] as const);

const OF_MATH: ReadonlyMap<string, Method<undefined>> = new Map([
  ["floor", { takes: ["number"], run: (_: undefined, a: number) => Math.floor(a) }],
  ["abs", { takes: ["number"], run: (_: undefined, a: number) => Math.abs(a) }],
  ["max", { takes: ["number", "number"], run: (_: undefined, a: number, b: number) => Math.max(a, b) }],
  ["min", { takes: ["number", "number"], run: (_: undefined, a: number, b: number) => Math.min(a, b) }],
] as const);

/** @throws CodeError `name` for a method that the value has not, `type` for arguments it does not take */
export function callMethod(object: Value, name: string, args: readonly Value[], line: number): Value {
  if (Array.isArray(object)) return run(OF_ARRAYS, object, "An array", name, args, line);
  if (typeof object === "string") return run(OF_STRINGS, object, "A string", name, args, line);
  throw new CodeError("type", line, `.${name}() is not for ${nameOf(object)}.`);
}

/** `Math.name(args)`, with the same errors. */
export function callMath(name: string, args: readonly Value[], line: number): Value {
  return run(OF_MATH, undefined, "Math", name, args, line);
}

function run<T>(
  methods: ReadonlyMap<string, Method<T>>,
  object: T,
  whose: string,
  name: string,
  args: readonly Value[],
  line: number,
): Value {
  const method = methods.get(name);
  if (method === undefined) {
    throw new CodeError("name", line, `${whose} has no .${name}(); there are ${[...methods.keys()].join(", ")}.`);
  }
  const { takes, optional = 0 } = method;
  const fits = (arg: Value, i: number) => takes[i] === typeof arg || (takes[i] === "scalar" && !Array.isArray(arg));
  if (args.length > takes.length || args.length < takes.length - optional || !args.every(fits)) {
    const wanted = takes.length === 0 ? "nothing" : takes.join(", ");
    throw new CodeError("type", line, `.${name}() takes ${wanted}, not ${args.map(nameOf).join(", ") || "nothing"}.`);
  }
  if (Array.isArray(object) && name === "join" && object.some(Array.isArray)) {
    throw new CodeError("type", line, ".join() is not for arrays of arrays.");
  }
  const result = method.run(object, ...(args as never[]));
  if (Array.isArray(object)) bounded(object, line);
  return bounded(result, line);
}
