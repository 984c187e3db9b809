import { spend } from "../work.js";

/** The last Unicode code point. */
export const LAST_CODE_POINT = 0x10ffff;

const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;

/** A set of code points, as ranges that are sorted, and neither overlap nor touch. */
export class CodePointSet {
  readonly ranges: readonly (readonly [first: number, last: number])[];

  private constructor(ranges: readonly (readonly [number, number])[]) {
    this.ranges = ranges;
  }

  /** @param ranges in any order, both ends included; an empty range has its first above its last */
  static of(...ranges: readonly (readonly [first: number, last: number])[]): CodePointSet {
    return CodePointSet.ofRanges(ranges);
  }

  /** `of` for lists of any length. */
  static ofRanges(ranges: readonly (readonly [first: number, last: number])[]): CodePointSet {
    spend(5 * ranges.length);
    const joined: [number, number][] = [];
    for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
      if (first > last) continue;
      const previous = joined.at(-1);
      if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
      else joined.push([first, last]);
    }
    return new CodePointSet(joined);
  }

  /** Those of a text; a lone surrogate counts as itself. */
  static from(text: string): CodePointSet {
    return CodePointSet.ofRanges(
      [...text].map((c) => [c.codePointAt(0) as number, c.codePointAt(0) as number] as const),
    );
  }

  get size(): number {
    return this.ranges.reduce((size, [first, last]) => size + last - first + 1, 0);
  }

  has(codePoint: number): boolean {
    return this.ranges.some(([first, last]) => first <= codePoint && codePoint <= last);
  }

  union(...others: readonly CodePointSet[]): CodePointSet {
    return CodePointSet.ofRanges([...this.ranges, ...others.flatMap(({ ranges }) => ranges)]);
  }

  complement(): CodePointSet {
    const gaps: [number, number][] = [];
    let next = 0;
    for (const [first, last] of this.ranges) {
      gaps.push([next, first - 1]);
      next = last + 1;
    }
    gaps.push([next, LAST_CODE_POINT]);
    return CodePointSet.ofRanges(gaps);
  }

  intersection(other: CodePointSet): CodePointSet {
    return this.complement().union(other.complement()).complement();
  }

  difference(other: CodePointSet): CodePointSet {
    return this.complement().union(other).complement();
  }

  /** Without surrogates, which stand for no character. */
  scalars(): CodePointSet {
    return this.difference(CodePointSet.of([FIRST_SURROGATE, LAST_SURROGATE]));
  }
}

/** Every code point that stands for a character: all but surrogates. */
export const ALL_SCALARS = CodePointSet.of([0, LAST_CODE_POINT]).scalars();
