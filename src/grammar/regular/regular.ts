import { tooComplex } from "../errors.js";
import { COST, spend } from "../work.js";
import type { ByteSet } from "./byte-set.js";
import type { BytePartition } from "./partition.js";

/** Kinds of expressions. A concatenation has two parts, of which the first is not one itself. */
export const Kind = {
  nothing: 0,
  empty: 1,
  bytes: 2,
  concatenation: 3,
  union: 4,
  intersection: 5,
  complement: 6,
  repetition: 7,
} as const;

export type Kind = (typeof Kind)[keyof typeof Kind];

/** Whether any text is in the language. */
export const Life = { unknown: 0, alive: 1, dead: 2 } as const;

export type Life = (typeof Life)[keyof typeof Life];

/**
 * A regular language over bytes, as an expression that is also a state of its automaton: the language of what may
 * still follow. Equal expressions are one object. Made by the functions of `build.ts`.
 */
export class Regular {
  readonly id: number;
  readonly kind: Kind;
  readonly set: ByteSet | undefined;
  readonly parts: readonly Regular[];
  /** Bounds of a repetition; the upper one may be Infinity. */
  readonly min: number;
  readonly max: number;
  /** Whether the empty text is in the language. */
  readonly isNullable: boolean;
  /** Whether it has neither intersections nor complements: then only the expression for no text at all is empty. */
  readonly isPure: boolean;
  /** Whether a repetition in it has bounds that are worth counting. */
  readonly isBounded: boolean;
  /** Whether it has neither long repetitions nor complements. */
  readonly isShort: boolean;
  /** Expressions in it, each counted wherever it stands. */
  readonly size: number;
  /** Levels of nesting, not counted along the second parts of concatenations. */
  readonly depth: number;

  /** What is known of the automaton's state; the rest of the room's files fill it in. */
  partition: BytePartition | undefined = undefined;
  /** By class of the partition. */
  readonly targets: (Regular | undefined)[] = [];
  life: Life;
  live: ByteSet | undefined = undefined;
  /** Results of the horizon, see `horizon.ts`. */
  horizons: Map<number, Regular> | undefined = undefined;

  constructor(
    kind: Kind,
    parts: readonly Regular[],
    set: ByteSet | undefined,
    min: number,
    max: number,
    isNullable: boolean,
  ) {
    this.id = nextId++;
    this.kind = kind;
    this.parts = parts;
    this.set = set;
    this.min = min;
    this.max = max;
    this.isNullable = isNullable;
    const isLogical = kind === Kind.intersection || kind === Kind.complement;
    this.isPure = !isLogical && parts.every((part) => part.isPure);
    this.isBounded = min > 1 || (max > 1 && max !== Number.POSITIVE_INFINITY) || parts.some((part) => part.isBounded);
    this.isShort = kind !== Kind.complement && max <= LONGEST_SHORT && parts.every((part) => part.isShort);
    this.size = parts.reduce((size, part) => size + part.size, 1);
    this.depth = depthOf(kind, parts);
    this.life = kind === Kind.nothing ? Life.dead : isNullable || this.isPure ? Life.alive : Life.unknown;
  }

  /** The first part of a concatenation, the operand of a complement or repetition. */
  get head(): Regular {
    return this.parts[0] as Regular;
  }

  /** The second part of a concatenation. */
  get tail(): Regular {
    return this.parts[1] as Regular;
  }
}

let nextId = 0;

const LONGEST_SHORT = 8;

/** Expressions are walked by recursion, except along the second parts of concatenations. */
const DEEPEST = 1000;

function depthOf(kind: Kind, parts: readonly Regular[]): number {
  let depth = 0;
  parts.forEach((part, i) => {
    depth = Math.max(depth, kind === Kind.concatenation && i === 1 ? part.depth : part.depth + 1);
  });
  if (depth > DEEPEST) throw tooComplex(`its regular parts nest more than ${DEEPEST} levels deep`);
  return depth;
}

/** The language of no text at all. */
export const NOTHING = new Regular(Kind.nothing, [], undefined, 0, 0, false);
/** The language of the empty text alone. */
export const EMPTY = new Regular(Kind.empty, [], undefined, 0, 0, true);

/** Two generations of expressions by key: what was not asked for while one grew full is forgotten with the next. */
let young = new Map<string | number, Regular>();
let old = new Map<string | number, Regular>();
const MOST_YOUNG = 150_000;

/**
 * Lets go of expressions that nobody asked for lately, between two pieces of work. They stay as they are where they are
 * in use, and are merely not found again.
 */
export function forgetOld(): void {
  if (young.size < MOST_YOUNG) return;
  old = young;
  young = new Map();
}

/** The one expression of a key, which is made by `make` when it is new. */
export function intern(key: string | number, make: () => Regular): Regular {
  let found = young.get(key);
  if (found !== undefined) spend(COST.found);
  else {
    spend(COST.made);
    found = old.get(key) ?? make();
    young.set(key, found);
  }
  return found;
}
