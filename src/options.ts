import { LlamaError, printable } from "./errors.js";
import { nearest } from "./nearest.js";

/**
 * Refuses options that nobody knows, for what is misspelt would otherwise be ignored.
 * @param given what a caller passed
 * @param known every option there is, by its name
 * @param what takes them, for the sentence: "generate"
 * @throws LlamaError `option` with the name that was probably meant
 */
export function refuseUnknown(given: unknown, known: Readonly<Record<string, true>>, what: string): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new LlamaError("option", `${what} expects an object of options (got ${kindOf(given)}).`);
  }
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue;
    const meant = nearest(name, Object.keys(known));
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    throw new LlamaError("option", `${what} has no option ${printable(name)}${hint === "" ? "." : hint}`);
  }
}

/** What a value is, for an error: "null", "an array", "a string" … */
export function kindOf(found: unknown): string {
  if (found === undefined || found === null) return String(found);
  if (Array.isArray(found)) return "an array";
  return typeof found === "object" ? "an object" : `a ${typeof found}`;
}
