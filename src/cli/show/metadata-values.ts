import { printable } from "../../errors.js";
import type { MetadataEntry, MetadataValue } from "../../gguf/metadata.js";
import { MIXES } from "../../quantize/mixes.js";
import { counted, shortFloat } from "./amounts.js";

/** The type of an entry: "u32", "string[]". */
export function typeOf({ type, elementType }: MetadataEntry): string {
  return elementType === undefined ? type : `${elementType}[]`;
}

/** A value as one line: of long ones the beginning. */
export function shownEntry(key: string, { value, type, elementType }: MetadataEntry): string {
  const text = preview(value, elementType ?? type);
  const mix = key === "general.file_type" ? mixOf(value) : undefined;
  return mix === undefined ? text : `${text} (${mix})`;
}

/** A value for JSON: arrays as arrays; integers beyond 2^53 as text, so that no digit is lost. */
export function plainValue(value: MetadataValue): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (Array.isArray(value)) return value.map(plainValue);
  return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number | bigint>, plainValue) : value;
}

function mixOf(value: MetadataValue): string | undefined {
  if (value === 0) return "F32";
  return Object.entries(MIXES).find(([, { fileType }]) => fileType === value)?.[0];
}

function preview(value: MetadataValue, type: string): string {
  if (typeof value === "string") return `"${printable(value)}"`;
  if (typeof value === "number" && type === "f32") return shortFloat(value);
  if (typeof value !== "object") return String(value);
  const first = Array.from((value as { slice(start: number, end: number): ArrayLike<MetadataValue> }).slice(0, 5));
  const rest = value.length > first.length ? ", …" : "";
  return `${counted(value.length, "value")}: ${first.map((each) => preview(each, type)).join(", ")}${rest}`;
}
