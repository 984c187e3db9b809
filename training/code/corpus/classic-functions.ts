import type { Random } from "#dist/random.js";
import { between, pick } from "../../corpus/choice.js";
import type { Value } from "../language/values.js";
import { drawWord } from "./letters.js";
import type { Lines } from "./task.js";

/** A function that is known by name, with the ways to write it. */
export interface Classic {
  readonly names: readonly string[];
  readonly deed: string;
  readonly parameters: readonly string[];
  readonly ways: readonly Lines[];
  readonly draw: (random: Random) => Value[];
}

const number = (from: number, to: number) => (random: Random) => [between(random, from, to)];
const numbers = (random: Random) => Array.from({ length: between(random, 2, 5) }, () => between(random, 0, 12));
const list = (random: Random) => [numbers(random)];
const two = (random: Random) => [between(random, 0, 12), between(random, 0, 12)];
const word = (random: Random) => [drawWord(random)];

const UP = "for (let i = 0; i < xs.length; i++) {";
const DOWN = "for (let i = xs.length - 1; i >= 0; i -= 1) {";

export const CLASSICS: readonly Classic[] = [
  {
    names: ["gcd", "commonDivisor"],
    deed: "returns the greatest common divisor of a and b",
    parameters: ["a", "b"],
    ways: [
      ["while (b > 0) {", "  const rest = a % b;", "  a = b;", "  b = rest;", "}", "return a;"],
      ["if (b === 0) {", "  return a;", "}", "return {name}(b, a % b);"],
    ],
    draw: (random) => [between(random, 2, 30), between(random, 2, 30)],
  },
  {
    names: ["power", "raised"],
    deed: "returns a to the power of n",
    parameters: ["a", "n"],
    ways: [
      ["let result = 1;", "for (let i = 0; i < n; i++) {", "  result *= a;", "}", "return result;"],
      ["if (n === 0) {", "  return 1;", "}", "return a * {name}(a, n - 1);"],
    ],
    draw: (random) => [between(random, 2, 5), between(random, 0, 4)],
  },
  {
    names: ["factorial"],
    deed: "returns the factorial of n",
    parameters: ["n"],
    ways: [
      ["let result = 1;", "for (let i = 2; i <= n; i++) {", "  result *= i;", "}", "return result;"],
      ["if (n < 2) {", "  return 1;", "}", "return n * {name}(n - 1);"],
    ],
    draw: number(0, 7),
  },
  {
    names: ["fibonacci", "fib"],
    deed: "returns the n-th number of Fibonacci",
    parameters: ["n"],
    ways: [
      [
        "let a = 0;",
        "let b = 1;",
        "for (let i = 0; i < n; i++) {",
        "  const next = a + b;",
        "  a = b;",
        "  b = next;",
        "}",
        "return a;",
      ],
      ["if (n < 2) {", "  return n;", "}", "return {name}(n - 1) + {name}(n - 2);"],
    ],
    draw: number(0, 9),
  },
  {
    names: ["isPrime", "prime"],
    deed: "tells whether n is a prime number",
    parameters: ["n"],
    ways: [
      [
        "if (n < 2) {",
        "  return false;",
        "}",
        "for (let i = 2; i < n; i++) {",
        "  if (n % i === 0) {",
        "    return false;",
        "  }",
        "}",
        "return true;",
      ],
    ],
    draw: number(0, 30),
  },
  {
    names: ["divisors", "divisorsOf"],
    deed: "lists the divisors of n",
    parameters: ["n"],
    ways: [
      [
        "let out = [];",
        "for (let i = 1; i <= n; i++) {",
        "  if (n % i === 0) {",
        "    out.push(i);",
        "  }",
        "}",
        "return out;",
      ],
    ],
    draw: number(1, 24),
  },
  {
    names: ["collatzSteps", "stepsToOne"],
    deed: "counts the Collatz steps from n to 1",
    parameters: ["n"],
    ways: [
      [
        "let count = 0;",
        "while (n !== 1) {",
        "  if (n % 2 === 0) {",
        "    n = n / 2;",
        "  } else {",
        "    n = 3 * n + 1;",
        "  }",
        "  count++;",
        "}",
        "return count;",
      ],
    ],
    draw: number(1, 12),
  },
  {
    names: ["reverseList", "reversed"],
    deed: "lists the items of xs from the last to the first",
    parameters: ["xs"],
    ways: [["let out = [];", DOWN, "  out.push(xs[i]);", "}", "return out;"]],
    draw: list,
  },
  {
    names: ["reverseText", "backwards"],
    deed: "writes text from its last letter to its first",
    parameters: ["text"],
    ways: [
      ['let out = "";', "for (const c of text) {", "  out = c + out;", "}", "return out;"],
      ['let out = "";', "for (let i = text.length - 1; i >= 0; i -= 1) {", "  out += text[i];", "}", "return out;"],
    ],
    draw: word,
  },
  {
    names: ["isPalindrome", "sameBackwards"],
    deed: "tells whether text reads the same backwards",
    parameters: ["text"],
    ways: [
      [
        "for (let i = 0; i < text.length; i++) {",
        "  if (text[i] !== text[text.length - 1 - i]) {",
        "    return false;",
        "  }",
        "}",
        "return true;",
      ],
      ['let out = "";', "for (const c of text) {", "  out = c + out;", "}", "return out === text;"],
    ],
    draw: (random) => [pick(random, ["level", "noon", "moon", "anna", "tree", "otto", "river"])],
  },
  {
    names: ["runningSums", "partialSums"],
    deed: "lists the running sums of xs",
    parameters: ["xs"],
    ways: [
      ["let total = 0;", "let out = [];", UP, "  total += xs[i];", "  out.push(total);", "}", "return out;"],
      [
        "let total = 0;",
        "let out = [];",
        "for (const x of xs) {",
        "  total += x;",
        "  out.push(total);",
        "}",
        "return out;",
      ],
    ],
    draw: list,
  },
  {
    names: ["differences", "gaps"],
    deed: "lists the differences between neighbours in xs",
    parameters: ["xs"],
    ways: [
      ["let out = [];", "for (let i = 1; i < xs.length; i++) {", "  out.push(xs[i] - xs[i - 1]);", "}", "return out;"],
    ],
    draw: list,
  },
  {
    names: ["isSorted", "isRising"],
    deed: "tells whether xs is in rising order",
    parameters: ["xs"],
    ways: [
      [
        "for (let i = 1; i < xs.length; i++) {",
        "  if (xs[i] < xs[i - 1]) {",
        "    return false;",
        "  }",
        "}",
        "return true;",
      ],
    ],
    draw: list,
  },
  {
    names: ["indexOfLargest", "placeOfMax"],
    deed: "returns the index of the largest number in xs",
    parameters: ["xs"],
    ways: [["let best = 0;", UP, "  if (xs[i] > xs[best]) {", "    best = i;", "  }", "}", "return best;"]],
    draw: list,
  },
  {
    names: ["smallest", "min"],
    deed: "returns the smallest number in xs",
    parameters: ["xs"],
    ways: [
      ["let best = xs[0];", "for (const x of xs) {", "  if (x < best) {", "    best = x;", "  }", "}", "return best;"],
      ["let best = xs[0];", UP, "  best = Math.min(best, xs[i]);", "}", "return best;"],
    ],
    draw: list,
  },
  {
    names: ["repeat", "repeated"],
    deed: "writes text n times",
    parameters: ["text", "n"],
    ways: [['let out = "";', "for (let i = 0; i < n; i++) {", "  out += text;", "}", "return out;"]],
    draw: (random) => [drawWord(random), between(random, 0, 3)],
  },
  {
    names: ["dotProduct", "dot"],
    deed: "adds up the products of the items of xs and ys",
    parameters: ["xs", "ys"],
    ways: [["let total = 0;", UP, "  total += xs[i] * ys[i];", "}", "return total;"]],
    draw: (random) => [
      [between(random, 0, 9), between(random, 0, 9)],
      [between(random, 0, 9), between(random, 0, 9)],
    ],
  },
  {
    names: ["addLists", "sumsOfPairs"],
    deed: "lists the sums of the items of xs and ys",
    parameters: ["xs", "ys"],
    ways: [["let out = [];", UP, "  out.push(xs[i] + ys[i]);", "}", "return out;"]],
    draw: (random) => [
      [between(random, 0, 9), between(random, 0, 9)],
      [between(random, 0, 9), between(random, 0, 9)],
    ],
  },
  {
    names: ["larger", "maxOf"],
    deed: "returns the larger of a and b",
    parameters: ["a", "b"],
    ways: [["if (a > b) {", "  return a;", "}", "return b;"], ["return a > b ? a : b;"], ["return Math.max(a, b);"]],
    draw: two,
  },
  {
    names: ["distance", "apart"],
    deed: "returns how far a and b are apart",
    parameters: ["a", "b"],
    ways: [
      ["if (a > b) {", "  return a - b;", "}", "return b - a;"],
      ["return a > b ? a - b : b - a;"],
      ["return Math.abs(a - b);"],
    ],
    draw: two,
  },
  {
    names: ["clamp", "within"],
    deed: "returns n, but at least low and at most high",
    parameters: ["n", "low", "high"],
    ways: [
      ["if (n < low) {", "  return low;", "}", "if (n > high) {", "  return high;", "}", "return n;"],
      ["return Math.min(Math.max(n, low), high);"],
    ],
    draw: (random) => [between(random, 0, 15), between(random, 2, 5), between(random, 6, 10)],
  },
  {
    names: ["everySecond", "skipping"],
    deed: "lists every second item of xs",
    parameters: ["xs"],
    ways: [
      ["let out = [];", "for (let i = 0; i < xs.length; i += 2) {", "  out.push(xs[i]);", "}", "return out;"],
      ["let out = [];", UP, "  if (i % 2 === 0) {", "    out.push(xs[i]);", "  }", "}", "return out;"],
    ],
    draw: list,
  },
];
