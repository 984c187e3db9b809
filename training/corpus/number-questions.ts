import type { Random } from "#dist/random.js";
import { between, chance, pick, pickSome } from "./choice.js";

function sequence(from: number, to: number): string {
  const step = from <= to ? 1 : -1;
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => from + i * step).join(", ");
}

export function countUp(random: Random) {
  const from = between(random, 0, 15);
  const to = between(random, from + 2, Math.min(20, from + 10));
  const ask = [
    `Count from ${from} to ${to}.`,
    `Can you count from ${from} to ${to}?`,
    `Please count from ${from} to ${to}.`,
    `Count up from ${from} to ${to}.`,
  ];
  return { user: pick(random, ask), answer: `${sequence(from, to)}.` };
}

export function countDown(random: Random) {
  const to = between(random, 0, 15);
  const from = between(random, to + 2, Math.min(20, to + 10));
  const ask = [
    `Count down from ${from} to ${to}.`,
    `Can you count down from ${from} to ${to}?`,
    `Please count down from ${from} to ${to}.`,
    `Count backwards from ${from} to ${to}.`,
  ];
  return { user: pick(random, ask), answer: `${sequence(from, to)}.` };
}

export function numberAfter(random: Random) {
  const number = between(random, 0, 19);
  const ask = [
    "What comes after {x}?",
    "Which number comes after {x}?",
    "What number comes after {x}?",
    "What comes next after {x}?",
    "Tell me what comes after {x}.",
  ];
  return { user: pick(random, ask).replace("{x}", `${number}`), answer: `After ${number} comes ${number + 1}.` };
}

export function numberBefore(random: Random) {
  const number = between(random, 1, 20);
  const ask = [
    "What comes before {x}?",
    "Which number comes before {x}?",
    "What number comes before {x}?",
    "What comes right before {x}?",
    "Tell me what comes before {x}.",
  ];
  return { user: pick(random, ask).replace("{x}", `${number}`), answer: `Before ${number} comes ${number - 1}.` };
}

const NUMBERS = Array.from({ length: 21 }, (_, i) => i);

export function sortNumbers(random: Random) {
  const [x, y, z] = pickSome(random, NUMBERS, 3) as [number, number, number];
  const ask = [
    `Sort ${x}, ${y}, ${z}.`,
    `Sort ${x}, ${y} and ${z}.`,
    `Sort the numbers ${x}, ${y}, ${z}.`,
    `Please sort ${x}, ${y} and ${z}.`,
    `Put ${x}, ${y} and ${z} in order.`,
    `Can you sort ${x}, ${y}, ${z}?`,
  ];
  return { user: pick(random, ask), answer: `${[x, y, z].sort((p, q) => p - q).join(", ")}.` };
}

export function largestNumber(random: Random) {
  const numbers = pickSome(random, NUMBERS, 3);
  const [x, y, z] = numbers as [number, number, number];
  const wantsLargest = chance(random, 0.5);
  const word = wantsLargest ? pick(random, ["largest", "biggest"]) : "smallest";
  const found = wantsLargest ? Math.max(...numbers) : Math.min(...numbers);
  const ask = [
    `Which is the ${word}: ${x}, ${y} or ${z}?`,
    `What is the ${word} of ${x}, ${y} and ${z}?`,
    `Which number is the ${word}: ${x}, ${y} or ${z}?`,
  ];
  return { user: pick(random, ask), answer: `The ${word} is ${found}.` };
}
