import { Class } from "./characters.js";

/** A text under division: the passes of a pre-tokenizer mark where it is cut. */
export interface Scan {
  readonly text: string;
  /** `Class` bits by UTF-16 unit. */
  readonly classes: Uint16Array;
  /** 1 before each unit that begins a piece, and at the end. */
  readonly cuts: Uint8Array;
}

/** Divides the piece from unit `from` up to `to` further; linear in its length. */
export type Pass = (scan: Scan, from: number, to: number) => void;

/** The first unit at or after `at` that is not of the classes `mask`. */
export function runEnd({ classes }: Scan, at: number, to: number, mask: number): number {
  let end = at;
  while (end < to && ((classes[end] as number) & mask) !== 0) end++;
  return end;
}

/** The unit after the character at `at`. */
export function after({ classes }: Scan, at: number, to: number): number {
  return at + 1 < to && ((classes[at + 1] as number) & Class.tail) !== 0 ? at + 2 : at + 1;
}

/** Every character of the classes is a piece of its own: `[…]`. */
export function single(mask: number): Pass {
  return (scan, from, to) => {
    for (let at = from; at < to; ) {
      const end = after(scan, at, to);
      if (((scan.classes[at] as number) & mask) !== 0) cutOut(scan, at, end);
      at = end;
    }
  };
}

/** Runs of the classes: `[…]+`, or with a white space before them, `\s?[…]+`. */
export function runs(mask: number, takesSpace: boolean): Pass {
  return (scan, from, to) => {
    for (let at = from; at < to; ) {
      const end = runEnd(scan, at, to, mask);
      if (end === at) {
        at++;
        continue;
      }
      const hasSpace = takesSpace && at > from && ((scan.classes[at - 1] as number) & Class.space) !== 0;
      cutOut(scan, hasSpace ? at - 1 : at, end);
      at = end;
    }
  };
}

/** White space at the end: `\s+$`. */
export const trailingSpace: Pass = ({ classes, cuts }, from, to) => {
  let start = to;
  while (start > from && ((classes[start - 1] as number) & Class.space) !== 0) start--;
  cuts[start] = 1;
};

/** `[\p{P}$+<=>^~|]+`, and with a backtick too where `withBacktick` is set. */
export function signs(withBacktick: boolean): Pass {
  const others = withBacktick ? "$+<=>^~|`" : "$+<=>^~|";
  const isSign = ({ classes, text }: Scan, at: number): boolean =>
    ((classes[at] as number) & Class.punctuation) !== 0 || others.includes(text[at] as string);
  return (scan, from, to) => {
    for (let at = from; at < to; ) {
      let end = at;
      while (end < to && isSign(scan, end)) end++;
      if (end > at) cutOut(scan, at, end);
      at = Math.max(end, at + 1);
    }
  };
}

/** `[0-9][0-9][0-9]` */
export const digitTriples: Pass = (scan, from, to) => {
  let digits = 0;
  for (let at = from; at < to; at++) {
    const unit = scan.text.charCodeAt(at);
    digits = unit >= 48 && unit <= 57 ? digits + 1 : 0;
    if (digits < 3) continue;
    cutOut(scan, at - 2, at + 1);
    digits = 0;
  }
};

function cutOut({ cuts }: Scan, from: number, to: number): void {
  cuts[from] = 1;
  cuts[to] = 1;
}
