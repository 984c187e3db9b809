import type { Teller } from "../teller.js";

/** What a story may be asked to be about. */
export type Subject = "object" | "animal" | "food" | "none";

export interface Plot {
  readonly name: string;
  /** The slot that carries the story, so that a story about a ball has a ball. */
  readonly subject: Subject;
  /** Whether its object falls and breaks. */
  readonly breaks?: boolean;
  readonly tell: (story: Teller) => void;
}

/*
 * Slots: {n} the main character with {he} {him} {his}; {f} the friend with {fhe} {fhim} {fhis}; {g} a grown-up of the
 * family with {ghe} {ghim}; {s} a stranger with {she_} {shim}; {to} {at} {spot} {wrong} a place and spots in it; {obj}
 * "red ball", {aobj} with its article, {bare} "ball"; {animal} {aanimal}; {food}.
 */
