import type { Random } from "#dist/random.js";
import { pick } from "./choice.js";
import type { Gender } from "./people.js";

/** Words by the name of their slot: `{obj}` in a template becomes slots.obj, `{Obj}` the same with a capital. */
export type Slots = Readonly<Record<string, string>>;

/** Fills one of the templates. */
export function say(random: Random, slots: Slots, templates: readonly string[]): string {
  return pick(random, templates).replace(/\{(\w+)\}/g, (_, key: string) => {
    const value = slots[key];
    if (value !== undefined) return value;
    const lower = slots[key.charAt(0).toLowerCase() + key.slice(1)];
    if (lower === undefined) throw new RangeError(`no word for {${key}}`);
    return capital(lower);
  });
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** With its indefinite article. */
export function a(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

/** The pronouns of a person under the given prefix: `{he}`, `{him}`, `{his}`. */
export function pronouns(gender: Gender, prefix = ""): Slots {
  const [he, him, his] = gender === "female" ? ["she", "her", "her"] : ["he", "him", "his"];
  return { [`${prefix}he`]: he, [`${prefix}him`]: him, [`${prefix}his`]: his } as Slots;
}
