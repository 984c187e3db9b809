import type { Place } from "./document.js";
import { formatSet } from "./formats.js";
import { count, number, string, wrong } from "./keyword-values.js";
import type { Bound, NumberRange } from "./numbers.js";
import { patternStrings } from "./patterns.js";
import { step } from "./refusal.js";
import { ALL_STRINGS, intersectStrings, stringsOfLength } from "./strings.js";
import { ALL_VALUES, type ValueSet } from "./value-set.js";

/** minimum, maximum, their exclusive forms (draft-04's flags too) and multipleOf: a set of all but some numbers. */
export function readNumberKeywords(place: Place): ValueSet {
  const low = bound(place, "minimum", "exclusiveMinimum", 1);
  const high = bound(place, "maximum", "exclusiveMaximum", -1);
  const multiple = number(place, "multipleOf");
  if (low === undefined && high === undefined && multiple === undefined) return ALL_VALUES;
  if (multiple !== undefined && multiple.digits <= 0n) wrong(place, "multipleOf", "greater than 0");
  const range: NumberRange = {
    ...(low === undefined ? {} : { low }),
    ...(high === undefined ? {} : { high }),
    ...(multiple === undefined ? {} : { step: multiple }),
    notSteps: [],
  };
  return { ...ALL_VALUES, numbers: [range] };
}

/** The tighter of the two keywords of one side. */
function bound(place: Place, keyword: string, exclusive: string, side: 1 | -1): Bound | undefined {
  const value = number(place, keyword);
  const flagOrNumber = place.schema[exclusive];
  if (typeof flagOrNumber === "boolean" && place.dialect !== "draft-04" && place.dialect !== "any") {
    wrong(place, exclusive, "a number");
  }
  if (flagOrNumber === undefined || typeof flagOrNumber === "boolean") {
    return value === undefined ? undefined : { value, open: flagOrNumber === true };
  }
  const other = number(place, exclusive);
  if (other === undefined || value === undefined) return other === undefined ? undefined : { value: other, open: true };
  const isOther = isTighter(Number(place.schema[exclusive]), Number(place.schema[keyword]), side);
  return isOther ? { value: other, open: true } : { value, open: false };
}

function isTighter(exclusive: number, inclusive: number, side: 1 | -1): boolean {
  return side * (exclusive - inclusive) >= 0;
}

/** minLength, maxLength, pattern and format: a set of all but some strings, and for numeric formats numbers. */
export function readStringKeywords(place: Place): ValueSet {
  let strings = ALL_STRINGS;
  const [min, max] = [count(place, "minLength"), count(place, "maxLength")];
  if (min !== undefined || max !== undefined) strings = stringsOfLength(min ?? 0, max ?? Number.POSITIVE_INFINITY);
  const pattern = string(place, "pattern");
  if (pattern !== undefined) {
    strings = intersectStrings(strings, patternStrings(pattern, step(place.pointer, "pattern")));
  }
  const format = string(place, "format");
  const formatted = format === undefined ? ALL_VALUES : formatSet(format, step(place.pointer, "format"));
  strings = intersectStrings(strings, formatted.strings);
  if (strings === ALL_STRINGS && formatted === ALL_VALUES) return ALL_VALUES;
  return { ...formatted, strings };
}
