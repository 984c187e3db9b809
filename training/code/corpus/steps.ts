import type { Random } from "#dist/random.js";
import { between, chance, pick } from "../../corpus/choice.js";
import { drawCondition } from "./number-parts.js";
import { block, camel, type Lines, type Task } from "./task.js";

/** One thing that is done to a number. */
interface Step {
  readonly kind: string;
  readonly meaning: string;
  readonly name: string;
  /** "adds 3", and "adds 3 to x". */
  readonly deed: string;
  readonly deedTo: (x: string) => string;
  readonly apply: (x: string) => string;
  /** Whether sums must be put into brackets before. */
  readonly binds: boolean;
  readonly parameter?: string;
}

function drawStep(random: Random, mayAsk: boolean): Step {
  const kind = pick(random, ["plus", "minus", "times", "square", "modulo", "negate"] as const);
  const isAsked = mayAsk && chance(random, 0.35) && kind !== "square" && kind !== "negate";
  const number = isAsked ? pick(random, ["y", "k", "m"]) : `${between(random, 2, 9)}`;
  const meaning = `${kind} ${isAsked ? "y" : number}`;
  const shown = isAsked ? number.toUpperCase() : number;
  const parameter = isAsked ? { parameter: number } : {};
  const made = (name: string, deed: string, deedTo: Step["deedTo"], apply: Step["apply"], binds = false): Step => ({
    kind,
    meaning,
    name,
    deed,
    deedTo,
    apply,
    binds,
    ...parameter,
  });
  switch (kind) {
    case "plus":
      return made(
        `plus${shown}`,
        `adds ${number}`,
        (x) => `adds ${number} to ${x}`,
        (x) => `${x} + ${number}`,
      );
    case "minus":
      return made(
        `minus${shown}`,
        `subtracts ${number}`,
        (x) => `subtracts ${number} from ${x}`,
        (x) => `${x} - ${number}`,
      );
    case "times":
      return made(
        `times${shown}`,
        `multiplies by ${number}`,
        (x) => `multiplies ${x} by ${number}`,
        (x) => `${x} * ${number}`,
        true,
      );
    case "modulo":
      return made(
        `modulo${shown}`,
        `takes the remainder by ${number}`,
        (x) => `takes the remainder of ${x} by ${number}`,
        (x) => `${x} % ${number}`,
        true,
      );
    case "square":
      return {
        ...made(
          "square",
          "squares it",
          (x) => `squares ${x}`,
          (x) => `${x} * ${x}`,
          true,
        ),
        meaning: kind,
      };
    case "negate":
      return {
        ...made(
          "negate",
          "negates it",
          (x) => `negates ${x}`,
          (x) => `-${x}`,
          true,
        ),
        meaning: kind,
      };
  }
}

const argumentsOf = (parameters: readonly string[]) => (random: Random) =>
  parameters.map((_, i) => (i === 0 ? between(random, 0, 12) : between(random, 2, 9)));

/** Two or three steps in turn. */
export function drawSteps(random: Random): Task {
  const x = pick(random, ["x", "n", "a", "value"]);
  const first = drawStep(random, true);
  const second = drawStep(random, first.parameter === undefined);
  const third = chance(random, 0.3) ? [drawStep(random, false)] : [];
  const steps = [first, second, ...third];
  const parameters = [x, ...steps.flatMap(({ parameter }) => parameter ?? [])];
  return {
    meaning: `steps / ${steps.map(({ meaning }) => meaning).join(" / ")}`,
    pair: `steps ${first.kind} + ${second.kind}`,
    name: camel(...steps.map(({ name }) => name)),
    deed: [first.deedTo(x), ...steps.slice(1).map(({ deed }) => `then ${deed}`)].join(", "),
    parameters,
    helpers: [],
    body: writeSteps(random, x, steps),
    drawArguments: argumentsOf(parameters),
  };
}

function writeSteps(random: Random, x: string, steps: readonly Step[]): Lines {
  // What is squared is written twice: it must have a name.
  const isOne = steps.slice(1).every(({ kind }) => kind !== "square") && chance(random, 0.5);
  if (isOne) {
    const all = steps.reduce((inner, { apply, binds }, i) => apply(i > 0 && binds ? `(${inner})` : inner), x);
    return [`return ${all};`];
  }
  const result = pick(random, ["result", "out"]);
  return [
    ...steps.map(({ apply }, i) => (i === 0 ? `let ${result} = ${apply(x)};` : `${result} = ${apply(result)};`)),
    `return ${result};`,
  ];
}

/** One step where a condition is met, and another otherwise. */
export function drawBranch(random: Random): Task {
  const x = pick(random, ["x", "n", "a", "value"]);
  const condition = drawCondition(random, true);
  const yes = drawStep(random, false);
  const no = drawStep(random, false);
  const parameters = [x, ...(condition.parameter === undefined ? [] : [condition.parameter])];
  return {
    meaning: `branch / ${condition.meaning} / ${yes.meaning} / ${no.meaning}`,
    pair: `branch ${condition.kind} + ${yes.kind}`,
    name: camel(yes.name, "if", condition.name, "else", no.name),
    deed: `${yes.deedTo(x)} if it ${condition.is}, otherwise ${no.deed}`,
    parameters,
    helpers: [],
    body: writeBranch(random, condition.test(x), yes.apply(x), no.apply(x)),
    drawArguments: argumentsOf(parameters),
  };
}

function writeBranch(random: Random, test: string, yes: string, no: string): Lines {
  const result = pick(random, ["result", "out"]);
  const ways: readonly (() => Lines)[] = [
    () => [...block(`if (${test})`, [`return ${yes};`]), `return ${no};`],
    () => block(`if (${test})`, [`return ${yes};`], [`return ${no};`]),
    () => [`return ${test} ? ${yes} : ${no};`],
    () => [`let ${result} = ${no};`, ...block(`if (${test})`, [`${result} = ${yes};`]), `return ${result};`],
  ];
  return pick(random, ways)();
}

const SCALES = [
  ["low", "high", "middle"],
  ["small", "big", "medium"],
  ["cold", "hot", "warm"],
  ["few", "many", "some"],
] as const;

/** A word for a number, by two limits. */
export function drawScale(random: Random): Task {
  const x = pick(random, ["x", "n", "value"]);
  const [low, high, middle] = pick(random, SCALES);
  const from = between(random, 2, 6);
  const to = from + between(random, 2, 6);
  const isUp = chance(random, 0.5);
  const [test, word, otherTest, otherWord] = isUp
    ? [`${x} < ${from}`, low, `${x} > ${to}`, high]
    : [`${x} > ${to}`, high, `${x} < ${from}`, low];
  const say = (text: string) => `return "${text}";`;
  const body = chance(random, 0.5)
    ? [...block(`if (${test})`, [say(word)]), ...block(`if (${otherTest})`, [say(otherWord)]), say(middle)]
    : elseIf(test, say(word), otherTest, say(otherWord), say(middle));
  return {
    meaning: `scale / ${low} / ${from} / ${to}`,
    pair: `scale ${low} + ${from}`,
    name: camel(pick(random, ["name", "grade", "describe"]), low, "Or", high),
    deed: `returns "${low}" for ${x} below ${from}, "${high}" above ${to}, otherwise "${middle}"`,
    parameters: [x],
    helpers: [],
    body,
    drawArguments: (drawing) => [between(drawing, 0, 15)],
  };
}

function elseIf(test: string, yes: string, otherTest: string, otherYes: string, no: string): Lines {
  return [`if (${test}) {`, `  ${yes}`, `} else if (${otherTest}) {`, `  ${otherYes}`, "} else {", `  ${no}`, "}"];
}
