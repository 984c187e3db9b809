import type { Random } from "#dist/random.js";
import { chance } from "./choice.js";

/** A number from a question's wording, whatever its capitals and signs: what is held out is held out by it. */
export function wordingHash(text: string): number {
  return fnv(text.toLowerCase().replace(/[^a-z0-9+ ]/g, ""));
}

/** FNV-1a, 32 bits, and a last mix of its bits. */
function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** As people type: one question in ten without its capital, or without its last sign. */
export function carelessly(random: Random, text: string): string {
  if (!chance(random, 0.1)) return text;
  return chance(random, 0.5) ? text.charAt(0).toLowerCase() + text.slice(1) : text.replace(/[.?!]$/, "");
}
