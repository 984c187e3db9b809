import { toJson } from "./json.js";

/** The forms that results can be printed in: a Markdown table to read, and records for programs. */
export const REPORT_FORMATS = ["md", "csv", "json", "jsonl"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Turns results into text, one at a time, so that each can be read while the next is measured. */
export interface Report<T> {
  add(result: T): string;
  /** What makes the text whole, however many results there were. */
  end(): string;
}

/** A column of the table; numbers stand to the right. */
export interface Column<T> {
  readonly title: string;
  readonly width: number;
  readonly isNumber?: boolean;
  readonly text: (result: T) => string;
}

export type ReportRecord = Readonly<Record<string, string | number | readonly number[] | null>>;

/** How results of a kind are shown. */
export interface ReportView<T> {
  readonly columns: readonly Column<T>[];
  /** What stands above the lines of results that have it in common; by default nothing. */
  readonly groupOf?: (result: T) => string;
  readonly recordOf: (result: T) => ReportRecord;
}

export function createReport<T>(format: ReportFormat, { columns, groupOf, recordOf }: ReportView<T>): Report<T> {
  switch (format) {
    case "md":
      if (groupOf !== undefined) return new GroupedTable(columns, groupOf);
      return delimited(markdownHead(columns), "", "", (result) =>
        line(columns.map((column) => cellOf(column, result))),
      );
    case "csv":
      return new CsvReport(recordOf);
    case "json":
      return delimited("[\n", ",\n", "\n]\n", (result) => toJson(recordOf(result), 2));
    case "jsonl":
      return delimited("", "", "", (result) => `${toJson(recordOf(result))}\n`);
  }
}

/** Results behind a head, with something between them and at the end; nothing at all where there are none. */
function delimited<T>(head: string, between: string, end: string, text: (result: T) => string): Report<T> {
  let count = 0;
  return {
    add: (result) => (count++ === 0 ? head : between) + text(result),
    end: () => (count === 0 ? "" : end),
  };
}

/** A table for each group of results. */
class GroupedTable<T> implements Report<T> {
  readonly #columns: readonly Column<T>[];
  readonly #groupOf: (result: T) => string;
  #group: string | undefined;

  constructor(columns: readonly Column<T>[], groupOf: (result: T) => string) {
    this.#columns = columns;
    this.#groupOf = groupOf;
  }

  add(result: T): string {
    const group = this.#groupOf(result);
    const head = `${this.#group === undefined ? "" : "\n"}${group}\n${markdownHead(this.#columns)}`;
    const cells = line(this.#columns.map((column) => cellOf(column, result)));
    const isNew = group !== this.#group;
    this.#group = group;
    return isNew ? head + cells : cells;
  }

  end(): string {
    return "";
  }
}

function markdownHead<T>(columns: readonly Column<T>[]): string {
  const titles = columns.map(({ title, width, isNumber }) => padded(title, width, isNumber));
  const rules = columns.map(({ width, isNumber }) => (isNumber ? `${"-".repeat(width - 1)}:` : "-".repeat(width)));
  return line(titles) + line(rules);
}

function cellOf<T>({ text, width, isNumber }: Column<T>, result: T): string {
  return padded(text(result).replaceAll("|", "/"), width, isNumber);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}

function padded(text: string, width: number, isNumber = false): string {
  return isNumber ? text.padStart(width) : text.padEnd(width);
}

/** Comma-separated values by RFC 4180, every one in quotation marks; the names come from the first record. */
class CsvReport<T> implements Report<T> {
  readonly #recordOf: (result: T) => ReportRecord;
  #isFirst = true;

  constructor(recordOf: (result: T) => ReportRecord) {
    this.#recordOf = recordOf;
  }

  add(result: T): string {
    const record = this.#recordOf(result);
    const names = this.#isFirst ? row(Object.keys(record)) : "";
    this.#isFirst = false;
    return names + row(Object.values(record));
  }

  end(): string {
    return "";
  }
}

function row(values: readonly ReportRecord[string][]): string {
  const quoted = values.map((value) => {
    const text = Array.isArray(value) ? value.join(" ") : String(value ?? "");
    return `"${text.replaceAll('"', '""')}"`;
  });
  return `${quoted.join(",")}\n`;
}
