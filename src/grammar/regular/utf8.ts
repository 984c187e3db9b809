import { COST, spend } from "../work.js";
import { bytes, concatenation, concatenationOf, unionOf } from "./build.js";
import { addByte, ByteSet } from "./byte-set.js";
import type { CodePointSet } from "./code-points.js";
import { EMPTY, NOTHING, type Regular } from "./regular.js";

const encoder = new TextEncoder();

/** One text alone, in UTF-8; lone surrogates become U+FFFD. */
export function text(value: string): Regular {
  return byteString(encoder.encode(value));
}

/** One string of bytes alone. */
export function byteString(value: Uint8Array): Regular {
  return concatenationOf(Array.from(value, (byte) => BYTES[byte] as Regular));
}

/** Each byte alone. */
const BYTES = Array.from({ length: 256 }, (_, byte) => bytes(ByteSet.of(byte)));

/** Any one of many texts. */
export function texts(values: Iterable<string>): Regular {
  const encoded = Array.from(values, (value) => {
    spend(10 + value.length / 8);
    return encoder.encode(value);
  });
  return choice(encoded, 0);
}

/** As a tree of prefixes, which costs a node for each byte once. */
function choice(values: readonly Uint8Array[], from: number): Regular {
  if (values.length === 1) return byteString((values[0] as Uint8Array).subarray(from));
  let shared = from;
  const [model] = values;
  while (model !== undefined && shared < model.length && values.every((value) => value[shared] === model[shared]))
    shared++;
  spend(values.length * (8 + shared - from));
  const byNext = new Map<number, Uint8Array[]>();
  let holdsEmpty = false;
  for (const value of values) {
    const next = value[shared];
    if (next === undefined) holdsEmpty = true;
    else if (byNext.has(next)) byNext.get(next)?.push(value);
    else byNext.set(next, [value]);
  }
  const branches = [...byNext.values()].map((group) => choice(group, shared));
  if (holdsEmpty) branches.push(EMPTY);
  if (model === undefined || branches.length === 0) return NOTHING;
  return concatenation(byteString(model.subarray(from, shared)), unionOf(branches));
}

/** Inclusive ranges of code points whose UTF-8 has one length, with the bits of the first byte. */
const LENGTHS = [
  { first: 0, last: 0x7f, continuations: 0, lead: 0 },
  { first: 0x80, last: 0x7ff, continuations: 1, lead: 0xc0 },
  { first: 0x800, last: 0xffff, continuations: 2, lead: 0xe0 },
  { first: 0x10000, last: 0x10ffff, continuations: 3, lead: 0xf0 },
] as const;

const known = new WeakMap<CodePointSet, Regular>();

/** One character of a set, in UTF-8; surrogates have none and are left out. */
export function codePoints(set: CodePointSet): Regular {
  let language = known.get(set);
  if (language === undefined) {
    language = encode(set);
    known.set(set, language);
  }
  return language;
}

function encode(set: CodePointSet): Regular {
  const { ranges } = set.scalars();
  return unionOf(
    LENGTHS.map(({ first, last, continuations, lead }) => {
      const inside = ranges
        .filter((range) => range[0] <= last && range[1] >= first)
        .map((range) => [Math.max(range[0], first), Math.min(range[1], last)] as const);
      return digits(inside, continuations, lead);
    }),
  );
}

/** Numbers in base 64, most significant digit first: the first byte is `lead` + digit, the others 0x80 + digit. */
function digits(ranges: readonly (readonly [number, number])[], continuations: number, lead: number): Regular {
  if (ranges.length === 0) return NOTHING;
  const scale = 64 ** continuations;
  spend(COST.made * ranges.length);
  const byDigit = new Map<number, (readonly [number, number])[]>();
  /** Digits behind which every continuation stands. */
  const whole = new Uint32Array(8);
  for (const [first, last] of ranges) {
    const low = Math.floor(first / scale);
    const high = Math.floor(last / scale);
    for (let digit = low; digit <= high; digit++) {
      const from = digit === low ? first - digit * scale : 0;
      const to = digit === high ? last - digit * scale : scale - 1;
      if (from === 0 && to === scale - 1) addByte(whole, lead + digit);
      else if (byDigit.has(digit)) byDigit.get(digit)?.push([from, to]);
      else byDigit.set(digit, [[from, to]]);
    }
  }
  // Leads with one continuation in common are one set.
  const leads = new Map<Regular, Uint32Array>();
  for (const [digit, rest] of byDigit) {
    const continuation = digits(rest, continuations - 1, 0x80);
    const words = leads.get(continuation) ?? new Uint32Array(8);
    addByte(words, lead + digit);
    leads.set(continuation, words);
  }
  const every = concatenationOf(Array.from({ length: continuations }, () => CONTINUATION));
  const branches = [concatenation(bytes(ByteSet.fromWords(whole)), every)];
  for (const [continuation, words] of leads)
    branches.push(concatenation(bytes(ByteSet.fromWords(words)), continuation));
  return unionOf(branches);
}

const CONTINUATION = bytes(ByteSet.range(0x80, 0xbf));
