import { spend } from "../work.js";
import { complement, concatenation, intersection, repetition, unionOf } from "./build.js";
import { addByte, ByteSet } from "./byte-set.js";
import { partitionOf } from "./partition.js";
import { EMPTY, Kind, Life, NOTHING, type Regular } from "./regular.js";

/**
 * The state after a byte (Brzozowski 1964, "Derivatives of Regular Expressions"): the language of what may follow it,
 * and `NOTHING` itself as soon as no text may. States are made when they are first reached.
 */
export function step(state: Regular, byte: number): Regular {
  const number = partitionOf(state).classOf[byte] as number;
  const target = state.targets[number];
  // One that a search for texts reached, and found dead only afterwards, is not `NOTHING` yet.
  return target !== undefined && (target.life === Life.alive || target === NOTHING) ? target : decide(state, number);
}

function decide(state: Regular, number: number): Regular {
  const target = rawStep(state, number);
  if (!isEmpty(target)) return target;
  state.targets[number] = NOTHING;
  return NOTHING;
}

function rawStep(state: Regular, number: number): Regular {
  let target = state.targets[number];
  if (target === undefined) {
    target = derivative(state, partitionOf(state).representatives[number] as number);
    state.targets[number] = target;
  }
  return target;
}

function derivative(state: Regular, byte: number): Regular {
  spend(2);
  switch (state.kind) {
    case Kind.nothing:
    case Kind.empty:
      return NOTHING;
    case Kind.bytes:
      return state.set?.has(byte) ? EMPTY : NOTHING;
    case Kind.concatenation:
      return derivativeOfConcatenation(state, byte);
    case Kind.union:
      return unionOf(state.parts.map((part) => derivative(part, byte)));
    case Kind.intersection:
      return intersection(...state.parts.map((part) => derivative(part, byte)));
    case Kind.complement:
      return complement(derivative(state.head, byte));
    case Kind.repetition: {
      const first = derivative(state.head, byte);
      if (first === NOTHING) return NOTHING;
      return concatenation(first, repetition(state.head, Math.max(0, state.min - 1), state.max - 1));
    }
  }
}

function derivativeOfConcatenation(state: Regular, byte: number): Regular {
  const terms: Regular[] = [];
  let rest = state;
  for (; rest.kind === Kind.concatenation; rest = rest.tail) {
    const first = derivative(rest.head, byte);
    if (first !== NOTHING) terms.push(concatenation(first, rest.tail));
    if (!rest.head.isNullable) return unionOf(terms);
  }
  terms.push(derivative(rest, byte));
  return unionOf(terms);
}

/**
 * Whether no text at all is in the language.
 * @throws LlamaError `grammar` where finding out takes too much
 */
export function isEmpty(state: Regular): boolean {
  if (state.life === Life.unknown) search(state);
  return state.life === Life.dead;
}

/** Breadth first, so that the shortest text is found; all states on its way are alive. */
function search(start: Regular): void {
  const cameFrom = new Map<Regular, Regular | undefined>([[start, undefined]]);
  for (const state of cameFrom.keys()) {
    const life = lifeByParts(state);
    if (life === Life.alive) {
      for (let on: Regular | undefined = state; on !== undefined; on = cameFrom.get(on)) on.life = Life.alive;
      return;
    }
    if (life === Life.dead) {
      state.life = Life.dead;
      continue;
    }
    const { representatives } = partitionOf(state);
    spend(5 * representatives.length);
    for (let number = 0; number < representatives.length; number++) {
      const target = rawStep(state, number);
      if (!cameFrom.has(target)) cameFrom.set(target, state);
    }
  }
  for (const state of cameFrom.keys()) state.life = Life.dead;
}

/** What the parts' lives say of the whole, without a search. */
function lifeByParts(state: Regular): Life {
  if (state.life !== Life.unknown) return state.life;
  spend(1 + state.parts.length);
  const lives = state.parts.map(lifeByParts);
  switch (state.kind) {
    case Kind.concatenation:
      if (lives.includes(Life.dead)) return Life.dead;
      return lives.includes(Life.unknown) ? Life.unknown : Life.alive;
    case Kind.union:
      if (lives.includes(Life.alive)) return Life.alive;
      return lives.includes(Life.unknown) ? Life.unknown : Life.dead;
    case Kind.intersection:
      return lives.includes(Life.dead) ? Life.dead : Life.unknown;
    case Kind.repetition:
      // One that has no lower bound is nullable, and known to be alive.
      return lives[0] as Life;
    default:
      return Life.unknown;
  }
}

/** Bytes that may come next. */
export function liveBytes(state: Regular): ByteSet {
  state.live ??= findLive(state);
  return state.live;
}

function findLive(state: Regular): ByteSet {
  const { classOf, representatives } = partitionOf(state);
  const isLive = representatives.map((byte) => step(state, byte) !== NOTHING);
  const words = new Uint32Array(8);
  for (let byte = 0; byte < 256; byte++) {
    if (isLive[classOf[byte] as number]) addByte(words, byte);
  }
  return ByteSet.fromWords(words);
}

/** Whether a whole text is in the language. */
export function matches(language: Regular, text: Uint8Array): boolean {
  spend(text.length);
  let state = language;
  for (const byte of text) {
    state = step(state, byte);
    if (state === NOTHING) return false;
  }
  return state.isNullable;
}

/** Whether a language is `EMPTY` or `NOTHING`: nothing may follow. */
export function isOver(state: Regular): boolean {
  return state === EMPTY || state === NOTHING;
}
