/**
 * JSON in which nothing speaks to a terminal: besides the control characters that JSON escapes by itself, those beyond
 * ASCII and the marks that turn the direction of writing are escaped. Programs that read it see no difference.
 */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
