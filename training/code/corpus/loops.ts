import type { Random } from "#dist/random.js";
import { between, chance, pick } from "../../corpus/choice.js";
import { ACTIONS, type Action } from "./actions.js";
import { type Change, type Condition, drawChange, drawCondition } from "./number-parts.js";
import { block, camel, functionLines, type Lines, type Task } from "./task.js";

/** Where numbers come from, and how one goes through them. */
interface Source {
  readonly kind: string;
  readonly parameter: string;
  /** In names. */
  readonly name: string;
  readonly noun: string;
  readonly place: string;
  /** Lines around what is done with each; `item` is how it is written there. */
  readonly around: (inside: (item: string) => Lines) => Lines;
  readonly draw: (random: Random) => number | number[];
}

function drawSource(random: Random): Source {
  const kind = pick(random, ["list", "list", "list", "range", "digits"] as const);
  if (kind === "list") return listSource(random);
  const n = pick(random, ["n", "n", "count", "end"]);
  if (kind === "range") {
    const i = pick(random, ["i", "i", "k", "value"]);
    return {
      kind,
      parameter: n,
      name: "UpTo",
      noun: "numbers",
      place: `from 1 to ${n}`,
      around: counted(random, i, "1", `${i} <= ${n}`, i),
      draw: (drawing) => between(drawing, 3, 9),
    };
  }
  const [number, rest, digit] = [pick(random, ["n", "x", "number"]), pick(random, ["rest", "left"]), "digit"];
  return {
    kind,
    parameter: number,
    name: "Digits",
    noun: "digits",
    place: `of ${number}`,
    around: (inside) => [
      `let ${rest} = ${number};`,
      ...block(`while (${rest} > 0)`, [
        `const ${digit} = ${rest} % 10;`,
        ...inside(digit),
        `${rest} = Math.floor(${rest} / 10);`,
      ]),
    ],
    draw: (drawing) => between(drawing, 10, 9999),
  };
}

function listSource(random: Random): Source {
  const xs = pick(random, ["xs", "list", "items", "values"]);
  const x = pick(random, ["x", "item", "value"]);
  const i = "i";
  const isEach = chance(random, 0.45);
  const lowest = chance(random, 0.3) ? -9 : 0;
  return {
    kind: "list",
    parameter: xs,
    name: "",
    noun: "numbers",
    place: `in ${xs}`,
    around: isEach
      ? (inside) => block(`for (const ${x} of ${xs})`, inside(x))
      : counted(random, i, "0", `${i} < ${xs}.length`, `${xs}[${i}]`),
    draw: (drawing) => Array.from({ length: between(drawing, 2, 5) }, () => between(drawing, lowest, 12)),
  };
}

/** A loop with a counter, as `for` or as `while`. */
function counted(random: Random, i: string, first: string, test: string, item: string): Source["around"] {
  if (chance(random, 0.7)) return (inside) => block(`for (let ${i} = ${first}; ${test}; ${i}++)`, inside(item));
  const next = pick(random, [`${i}++;`, `${i} += 1;`]);
  return (inside) => [`let ${i} = ${first};`, ...block(`while (${test})`, [...inside(item), next])];
}

/** A loop over numbers that does something with those that meet a condition: source, action, condition and change. */
export function drawLoop(random: Random): Task {
  const source = drawSource(random);
  const action = pick(random, ACTIONS);
  const condition = action.isConditional || chance(random, 0.6) ? drawCondition(random) : undefined;
  const change = action.mayChange && chance(random, 0.4) ? drawChange(random) : undefined;
  const things = thingsOf(source, condition);
  const parameters = [source.parameter, ...(condition?.parameter === undefined ? [] : [condition.parameter])];
  const name = camel(pick(random, action.names), change?.name ?? "", condition?.name ?? "", source.name);
  const meaning = [source.kind, action.kind, condition?.meaning ?? "all", change?.meaning ?? "same"].join(" / ");
  return {
    meaning,
    pair: `${action.kind} + ${condition?.kind ?? source.kind}`,
    name,
    deed: pick(random, action.deeds(change === undefined ? things : change.many(things))),
    parameters,
    ...writeLoop(random, source, action, condition, change),
    drawArguments: (drawing) => [
      source.draw(drawing),
      ...(condition?.parameter === undefined ? [] : [between(drawing, 2, 9)]),
    ],
  };
}

function thingsOf({ noun, place }: Source, condition: Condition | undefined): string {
  return condition === undefined
    ? `the ${noun} ${place}`
    : `the ${condition.before}${noun} ${place}${condition.behind === "" ? "" : ` that are${condition.behind}`}`;
}

/** Some write the condition or the change as a function of its own. */
function writeLoop(
  random: Random,
  source: Source,
  action: Action,
  condition: Condition | undefined,
  change: Change | undefined,
): Pick<Task, "helpers" | "body"> {
  const helpers: Lines[] = [];
  let test = condition?.test;
  let fails = condition?.fails;
  let value = change?.apply ?? ((x: string) => x);
  if (condition !== undefined && condition.parameter === undefined && chance(random, 0.15)) {
    const name = `is${condition.name}`;
    helpers.push(functionLines(name, ["x"], [`return ${condition.test("x")};`]));
    test = (x) => `${name}(${x})`;
    fails = (x) => `!${name}(${x})`;
  }
  if (change !== undefined && chance(random, 0.15)) {
    const name = camel("to", change.name);
    helpers.push(functionLines(name, ["x"], [`return ${change.apply("x")};`]));
    value = (x) => `${name}(${x})`;
  }
  return { helpers, body: action.write(random, source.around, { value, test, fails }) };
}
