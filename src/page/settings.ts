import { isObject } from "../json-object.js";

/** What a person set; fields that are empty are left to the server. */
export interface Settings {
  system: string;
  temperature: string;
  topP: string;
  topK: string;
  minP: string;
  maxTokens: string;
  seed: string;
  /** A JSON schema that answers must match, as text. */
  schema: string;
  apiKey: string;
  theme: "system" | "light" | "dark";
}

export const NO_SETTINGS: Settings = {
  ...{ system: "", temperature: "", topP: "", topK: "", minP: "", maxTokens: "", seed: "", schema: "", apiKey: "" },
  theme: "system",
};

interface NumberField {
  readonly field: string;
  readonly label: string;
  readonly least: number;
  readonly most: number;
  readonly isWhole?: true;
}

/** Fields that are numbers: their names in a request, and their bounds. */
export const NUMBERS = {
  temperature: { field: "temperature", label: "Temperature", least: 0, most: 100 },
  topP: { field: "top_p", label: "Top-p", least: 0, most: 1 },
  topK: { field: "top_k", label: "Top-k", least: 0, most: 1_000_000, isWhole: true },
  minP: { field: "min_p", label: "Min-p", least: 0, most: 1 },
  maxTokens: { field: "max_tokens", label: "Longest answer, in tokens", least: 1, most: 1_000_000, isWhole: true },
  seed: { field: "seed", label: "Seed", least: 0, most: 4_294_967_295, isWhole: true },
} as const satisfies Partial<Record<keyof Settings, NumberField>>;

/**
 * What is wrong with a field as it was typed, in a sentence; undefined where nothing is.
 */
export function problemOf(key: keyof Settings, text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (key === "schema") return schemaProblem(trimmed);
  const number: NumberField | undefined = key in NUMBERS ? NUMBERS[key as keyof typeof NUMBERS] : undefined;
  if (number === undefined) return undefined;
  const value = Number(trimmed);
  const { label, least, most, isWhole = false } = number;
  if (Number.isFinite(value) && value >= least && value <= most && (!isWhole || Number.isInteger(value))) {
    return undefined;
  }
  return `${label} must be ${isWhole ? "a whole number" : "a number"} from ${least} to ${most}.`;
}

function schemaProblem(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return undefined;
    return 'A JSON schema is an object, as {"type": "object"}.';
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The fields of a request. Settings with a problem are left out; the page tells of them where they are set. */
export function requestFields(settings: Settings): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, { field }] of Object.entries(NUMBERS)) {
    const text = settings[key as keyof typeof NUMBERS].trim();
    if (text !== "" && problemOf(key as keyof Settings, text) === undefined) fields[field] = Number(text);
  }
  const schema = settings.schema.trim();
  if (schema !== "" && problemOf("schema", schema) === undefined) {
    fields["response_format"] = {
      type: "json_schema",
      json_schema: { name: "answer", schema: JSON.parse(schema) as unknown, strict: true },
    };
  }
  return fields;
}

/** Settings from what was kept; what is not known is dropped. */
export function readSettings(text: string | null): Settings {
  const settings = { ...NO_SETTINGS };
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? "{}");
  } catch {
    return settings;
  }
  if (typeof kept !== "object" || kept === null) return settings;
  for (const [key, value] of Object.entries(kept)) {
    if (!(key in settings) || typeof value !== "string") continue;
    if (key === "theme") settings.theme = value === "dark" || value === "light" ? value : "system";
    else settings[key as Exclude<keyof Settings, "theme">] = value;
  }
  return settings;
}
