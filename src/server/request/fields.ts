import { printable, printableJson } from "../../errors.js";
import { isObject } from "../../json-object.js";
import { nearest } from "../../nearest.js";
import { type RequestFailure, wrongField } from "../failure.js";

/**
 * The fields of a request, each taken once by what understands it: those that are left at the end are unknown, and
 * refused. A field that is null counts as absent.
 */
export class Fields {
  readonly #given: Map<string, unknown>;
  readonly #known = new Set<string>();

  constructor(body: Readonly<Record<string, unknown>>) {
    this.#given = new Map(Object.entries(body).filter(([, value]) => value !== null));
  }

  take(name: string): unknown {
    this.#known.add(name);
    const value = this.#given.get(name);
    this.#given.delete(name);
    return value;
  }

  number(name: string, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY): number | undefined {
    return this.#typed(name, rangeWords("a number", least, most), (value): value is number => {
      return typeof value === "number" && Number.isFinite(value) && value >= least && value <= most;
    });
  }

  whole(name: string, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
    return this.#typed(name, rangeWords("a whole number", least, most), (value): value is number => {
      return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
    });
  }

  boolean(name: string): boolean | undefined {
    return this.#typed(name, "true or false", (value): value is boolean => typeof value === "boolean");
  }

  text(name: string): string | undefined {
    return this.#typed(name, "a string", (value): value is string => typeof value === "string");
  }

  list(name: string): readonly unknown[] | undefined {
    return this.#typed(name, "a list", (value): value is unknown[] => Array.isArray(value));
  }

  /** The fields of an object. */
  object(name: string): Fields | undefined {
    const value = this.#typed(name, "an object", isObject);
    return value === undefined ? undefined : new Fields(value);
  }

  /** A text, or a list of texts. */
  texts(name: string): readonly string[] | undefined {
    const value = this.#typed(name, "a string or a list of strings", (found): found is string | string[] => {
      return typeof found === "string" || (Array.isArray(found) && found.every((item) => typeof item === "string"));
    });
    return typeof value === "string" ? [value] : value;
  }

  oneOf<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const words = choices.map((choice) => `"${choice}"`).join(" or ");
    return this.#typed(name, words, (value): value is T => (choices as readonly unknown[]).includes(value));
  }

  /** Fields that make no difference to the answer, whatever they say. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.take(name);
  }

  /** Fields that are understood with these values only: others would change the answer. */
  only(name: string, ...values: readonly unknown[]): void {
    const found = this.take(name);
    if (found === undefined || values.some((value) => JSON.stringify(value) === JSON.stringify(found))) return;
    const expected = values.map((value) => JSON.stringify(value)).join(" or ");
    throw wrongField(name, `${name} can only be ${expected} here (got ${printableJson(found, 60)}).`);
  }

  /** @throws RequestFailure where a field is left that nobody took */
  refuseRest(): void {
    const [name] = this.#given.keys();
    if (name === undefined) return;
    const meant = nearest(name, [...this.#known]);
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    throw wrongField(printable(name, 100), `The field ${printable(name, 100)} is not known here${hint || "."}`);
  }

  #typed<T>(name: string, expected: string, isRight: (value: unknown) => value is T): T | undefined {
    const value = this.take(name);
    if (value === undefined || isRight(value)) return value as T | undefined;
    throw wrongType(name, expected, value);
  }
}

/**
 * Members that are null count as absent.
 * @param place of the object in the request, such as `messages[0]`
 * @throws RequestFailure for one that is not among those that are known
 */
export function refuseOthers(found: Readonly<Record<string, unknown>>, known: readonly string[], place: string): void {
  const name = Object.keys(found).find((key) => !known.includes(key) && found[key] !== null);
  if (name === undefined) return;
  const shown = printable(name, 100);
  throw wrongField(`${place}.${shown}`, `${place} has ${shown}, which is not known here; leave it out.`);
}

export function wrongType(name: string, expected: string, found: unknown): RequestFailure {
  return wrongField(name, `${name} must be ${expected} (got ${printableJson(found, 60)}).`);
}

function rangeWords(what: string, least: number, most: number): string {
  const isBounded = Number.isFinite(most) && most < Number.MAX_SAFE_INTEGER;
  if (Number.isFinite(least) && isBounded) return `${what} from ${least} to ${most}`;
  return Number.isFinite(least) ? `${what} of ${least} or more` : what;
}
