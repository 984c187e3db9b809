import { LlamaError, printable } from "./errors.js";
import { isObject } from "./json-object.js";
import { nearest } from "./nearest.js";

/**
 * Refuses options that nobody knows, for what is misspelt would otherwise be ignored.
 * @param given what a caller passed
 * @param known every option there is, by its name
 * @param what takes them, for the sentence: "generate"
 * @throws LlamaError `option` with the name that was probably meant
 */
export function refuseUnknown(given: unknown, known: Readonly<Record<string, true>>, what: string): void {
  if (!isObject(given)) {
    throw new LlamaError("option", `${what} expects an object of options (got ${kindOf(given)}).`);
  }
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue;
    const meant = nearest(name, Object.keys(known));
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    throw new LlamaError("option", `${what} has no option ${printable(name)}${hint === "" ? "." : hint}`);
  }
}

/** Without the members that are undefined: where absent and undefined differ. */
export function definedOf<T extends object>(values: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof definedOf<T>
  >;
}

/** What a value is, for an error: "null", "an array", "a string" … */
export function kindOf(found: unknown): string {
  if (found === undefined || found === null) return String(found);
  if (Array.isArray(found)) return "an array";
  return typeof found === "object" ? "an object" : `a ${typeof found}`;
}
