import { safeJson } from "../../errors.js";

/**
 * JSON in which nothing speaks to a terminal: besides the control characters that JSON escapes by itself, those beyond
 * ASCII and the marks that turn the direction of writing are escaped. Programs that read it see no difference.
 */
export function toJson(value: unknown, indent?: number): string {
  return safeJson(JSON.stringify(value, undefined, indent));
}
