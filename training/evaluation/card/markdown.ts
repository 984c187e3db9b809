import type { Estimate } from "../../statistics/interval.js";
import type { Unit } from "../criteria.js";

/** A table, its columns as wide as what is in them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|").replace(/\s+/g, " ")));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${widths.map((width, i) => (row[i] ?? "").padEnd(width)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(cells[0] as string[]), rule, ...cells.slice(1).map(line)].join("\n");
}

/** 93.1 %, +2.0 points, 3.2 nats and so on. */
export function figure(value: number, unit: Unit): string {
  if (Number.isNaN(value)) return "none";
  if (unit === "share") return `${(100 * value).toFixed(1)} %`;
  if (unit === "points") return `${value < 0 ? "" : "+"}${(100 * value).toFixed(1)}`;
  if (unit === "nats") return value.toFixed(2);
  if (unit === "probability") return value < 1e-4 ? "below .0001" : value.toFixed(4);
  return Number.isInteger(value) ? `${value}` : value.toFixed(3);
}

export function interval({ low, high }: Estimate, unit: Unit): string {
  return low === high ? "" : `${figure(low, unit)} to ${figure(high, unit)}`;
}

/** The figure, and its interval in brackets where it has one. */
export function figureWithin(estimate: Estimate, unit: Unit): string {
  const range = interval(estimate, unit);
  return range === "" ? figure(estimate.value, unit) : `${figure(estimate.value, unit)} (${range})`;
}
