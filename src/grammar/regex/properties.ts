import { ALL_SCALARS, CodePointSet } from "../regular/code-points.js";
import { spend } from "../work.js";

const known = new Map<string, CodePointSet | undefined>();
const MOST_KNOWN = 100;

/**
 * The characters of a Unicode property, such as `L`, `Script=Greek` or `Alphabetic`: those that the host's own
 * regular expressions find among all characters. Undefined where it is no property of single characters.
 */
export function propertySet(name: string): CodePointSet | undefined {
  if (!known.has(name)) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(name, probe(name));
  }
  return known.get(name);
}

function probe(name: string): CodePointSet | undefined {
  spend(TO_PROBE);
  let runs: RegExp;
  try {
    runs = new RegExp(`\\p{${name}}+`, "gu");
  } catch {
    return undefined;
  }
  const ranges: [number, number][] = [];
  everyCharacter ??= stretches();
  for (const { from, text } of everyCharacter) {
    // Above U+FFFF a character is two units of the string, which holds no others there.
    const unit = from > 0xffff ? 2 : 1;
    for (const { 0: run, index } of text.matchAll(runs)) {
      ranges.push([from + index / unit, from + (index + run.length) / unit - 1]);
    }
  }
  return CodePointSet.ofRanges(ranges);
}

interface Stretch {
  readonly from: number;
  readonly text: string;
}

/** Written once, for the first property: 4 MB. */
let everyCharacter: readonly Stretch[] | undefined;

function stretches(): Stretch[] {
  const found: Stretch[] = [];
  for (const [first, last] of ALL_SCALARS.ranges) {
    for (let from = first; from <= last; from += STRETCH) {
      const length = Math.min(STRETCH, last + 1 - from);
      found.push({ from, text: String.fromCodePoint(...Array.from({ length }, (_, i) => from + i)) });
    }
  }
  return found;
}

/** All characters are tried. */
const TO_PROBE = 500_000;
/** Divides 2^16, so that no stretch has characters of one and of two units. */
const STRETCH = 0x2000;
