import type { Random } from "#dist/random.js";
import { pick } from "../../corpus/choice.js";
import { block, type Lines } from "./task.js";

/** What is done with each number, in code: what becomes of it, and whether it counts. */
interface Inner {
  readonly value: (x: string) => string;
  readonly test: ((x: string) => string) | undefined;
  readonly fails: ((x: string) => string) | undefined;
}

type Around = (inside: (item: string) => Lines) => Lines;

/** What is done with many numbers. */
export interface Action {
  readonly kind: string;
  readonly names: readonly string[];
  readonly deeds: (things: string) => readonly string[];
  /** Whether it means nothing without a condition. */
  readonly isConditional: boolean;
  /** Whether numbers may be changed before. */
  readonly mayChange: boolean;
  readonly write: (random: Random, around: Around, inner: Inner) => Lines;
}

/** Begins with a value, does something to it with each number that counts, and returns it. */
function gathering(
  names: readonly string[],
  first: string,
  ways: readonly ((name: string, value: string) => string)[],
): Action["write"] {
  return (random, around, { value, test }) => {
    const name = pick(random, names);
    const way = pick(random, ways);
    const lines = around((x) => {
      const done = [way(name, value(x))];
      return test === undefined ? done : block(`if (${test(x)})`, done);
    });
    return [`let ${name} = ${first};`, ...lines, `return ${name};`];
  };
}

/** Returns at the first number that counts, or something else behind the loop. */
function searching(found: (value: string) => string, none: string): Action["write"] {
  return (_, around, { value, test = () => "true" }) => [
    ...around((x) => block(`if (${test(x)})`, [`return ${found(value(x))};`])),
    `return ${none};`,
  ];
}

export const ACTIONS: readonly Action[] = [
  {
    kind: "sum",
    names: ["sum", "total", "add"],
    deeds: (things) => [`adds up ${things}`, `returns the sum of ${things}`, `sums ${things}`],
    isConditional: false,
    mayChange: true,
    write: gathering(["total", "sum", "result"], "0", [(a, v) => `${a} += ${v};`, (a, v) => `${a} = ${a} + ${v};`]),
  },
  {
    kind: "product",
    names: ["product", "multiply"],
    deeds: (things) => [`multiplies ${things}`, `returns the product of ${things}`],
    isConditional: false,
    mayChange: false,
    write: gathering(["product", "result"], "1", [(a, v) => `${a} *= ${v};`, (a, v) => `${a} = ${a} * ${v};`]),
  },
  {
    kind: "count",
    names: ["count", "countOf", "howMany"],
    deeds: (things) => [`counts ${things}`, `returns how many are ${things}`],
    isConditional: true,
    mayChange: false,
    write: gathering(["count", "found", "result"], "0", [(a) => `${a}++;`, (a) => `${a} += 1;`]),
  },
  {
    kind: "list",
    names: ["list", "collect", "all"],
    deeds: (things) => [`lists ${things}`, `returns a list of ${things}`, `collects ${things}`],
    isConditional: false,
    mayChange: true,
    write: gathering(["out", "result", "found"], "[]", [(a, v) => `${a}.push(${v});`]),
  },
  {
    kind: "text",
    names: ["write", "text"],
    deeds: (things) => [`writes ${things} with a space behind each`, `makes a text of ${things}`],
    isConditional: false,
    mayChange: false,
    write: gathering(["text", "result", "out"], '""', [(a, v) => `${a} += ${v} + " ";`]),
  },
  {
    kind: "first",
    names: ["first", "findFirst"],
    deeds: (things) => [`returns the first of ${things}, or -1`, `finds the first of ${things}, or -1`],
    isConditional: true,
    mayChange: false,
    write: searching((value) => value, "-1"),
  },
  {
    kind: "last",
    names: ["last", "findLast"],
    deeds: (things) => [`returns the last of ${things}, or -1`, `finds the last of ${things}, or -1`],
    isConditional: true,
    mayChange: false,
    write: gathering(["last", "found", "result"], "-1", [(a, v) => `${a} = ${v};`]),
  },
  {
    kind: "any",
    names: ["has", "any"],
    deeds: (things) => [`tells whether there are any of ${things}`, `returns true if there is one of ${things}`],
    isConditional: true,
    mayChange: false,
    write: searching(() => "true", "false"),
  },
  {
    kind: "none",
    names: ["no", "none"],
    deeds: (things) => [`tells whether there are none of ${things}`, `returns false if there is one of ${things}`],
    isConditional: true,
    mayChange: false,
    write: searching(() => "false", "true"),
  },
  {
    kind: "except",
    names: ["except", "without"],
    deeds: (things) => [`lists all but ${things}`, `returns a list without ${things}`],
    isConditional: true,
    mayChange: false,
    write: (random, around, { value, test, fails }) =>
      gathering(["out", "result", "kept"], "[]", [(a, v) => `${a}.push(${v});`])(random, around, {
        value,
        test: fails,
        fails: test,
      }),
  },
  {
    kind: "largest",
    names: ["largest", "max"],
    deeds: (things) => [`returns the largest of ${things}, or 0`, `finds the largest of ${things}, or 0`],
    isConditional: false,
    mayChange: false,
    write: (random, around, { value, test }) => {
      const best = pick(random, ["best", "largest", "result"]);
      const lines = around((x) => {
        const isLarger = `${value(x)} > ${best}`;
        return block(`if (${test === undefined ? isLarger : `${test(x)} && ${isLarger}`})`, [`${best} = ${value(x)};`]);
      });
      return [`let ${best} = 0;`, ...lines, `return ${best};`];
    },
  },
];
