import { spend } from "../work.js";
import { concatenationOf, repetition, unionOf } from "./build.js";
import { Kind, type Regular } from "./regular.js";

/**
 * A state that cannot be told from this one by texts of up to `distance` bytes: neither by whether they lead anywhere
 * nor by whether they may end there. Bounds of repetitions that lie further away count as none, so that the states of
 * `[a-z]{0,1000}` are mostly one. Where an intersection or a complement may depend on far bounds, the state itself.
 */
export function horizon(state: Regular, distance: number): Regular {
  if (!state.isPure || !state.isBounded) return state;
  let seen = state.horizons?.get(distance);
  if (seen === undefined) {
    seen = look(state, distance);
    state.horizons ??= new Map();
    state.horizons.set(distance, seen);
  }
  return seen;
}

function look(state: Regular, distance: number): Regular {
  spend(5);
  switch (state.kind) {
    case Kind.concatenation: {
      const heads: Regular[] = [];
      let rest = state;
      for (; rest.kind === Kind.concatenation; rest = rest.tail) heads.push(horizon(rest.head, distance));
      return concatenationOf([...heads, horizon(rest, distance)]);
    }
    case Kind.union:
      return unionOf(state.parts.map((part) => horizon(part, distance)));
    case Kind.repetition: {
      // Every round takes a byte at least, or else there is no lower bound.
      const min = Math.min(state.min, distance + 1);
      const max = state.max > distance ? Number.POSITIVE_INFINITY : state.max;
      return repetition(horizon(state.head, distance), min, max);
    }
    default:
      return state;
  }
}
