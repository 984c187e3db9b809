import type { Random } from "#dist/random.js";

export function pick<T>(random: Random, list: readonly T[]): T {
  const found = list[Math.floor(random.nextFloat() * list.length)];
  if (found === undefined) throw new RangeError("there is nothing to pick from");
  return found;
}

/** `count` different members. */
export function pickSome<T>(random: Random, list: readonly T[], count: number): T[] {
  const rest = [...list];
  return Array.from({ length: count }, () => {
    const [found] = rest.splice(Math.floor(random.nextFloat() * rest.length), 1);
    if (found === undefined) throw new RangeError("there are too few to pick from");
    return found;
  });
}

export function chance(random: Random, probability: number): boolean {
  return random.nextFloat() < probability;
}

/** A whole number from `from` to `to`, both included. */
export function between(random: Random, from: number, to: number): number {
  return from + Math.floor(random.nextFloat() * (to - from + 1));
}
