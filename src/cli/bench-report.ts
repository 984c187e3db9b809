import { cpus } from "node:os";
import { testName } from "../benchmark/speed-test.js";
import type { BenchmarkResult } from "../benchmark.js";
import { printable } from "../errors.js";

export const REPORT_FORMATS = ["md", "csv", "json", "jsonl"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Turns results into text, one at a time, so that each can be read while the next is measured. */
export interface Report {
  /** What stands before the first result. */
  readonly head: string;
  add(result: BenchmarkResult): string;
  /** What makes the text whole, however many results there were. */
  end(): string;
}

export function createReport(format: ReportFormat, columns: OptionalColumns): Report {
  switch (format) {
    case "md":
      return new MarkdownReport(columns);
    case "csv":
      return new CsvReport();
    case "json":
      return new JsonReport();
    case "jsonl":
      return { head: "", add: (result) => `${JSON.stringify(recordOf(result))}\n`, end: () => "" };
  }
}

/** Columns of the table that only appear where a flag asked for more than the default. */
export interface OptionalColumns {
  readonly batchSize: boolean;
  readonly cacheTypeK: boolean;
  readonly cacheTypeV: boolean;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly isNumber?: boolean;
  readonly text: (result: BenchmarkResult) => string;
}

class MarkdownReport implements Report {
  readonly #columns: readonly Column[];

  constructor(wanted: OptionalColumns) {
    this.#columns = [
      {
        title: "model",
        width: 26,
        text: ({ model }) => `${printable(model.name, 40)} ${model.type}`.replaceAll("|", "/"),
      },
      { title: "size", width: 10, isNumber: true, text: ({ model }) => gibOrMib(model.bytes) },
      { title: "params", width: 8, isNumber: true, text: ({ model }) => short(model.parameters) },
      { title: "threads", width: 7, isNumber: true, text: ({ threads }) => String(threads) },
      { title: "kernels", width: 7, text: ({ kernels }) => kernels },
      ...(wanted.batchSize
        ? [{ title: "batch", width: 5, isNumber: true, text: ({ batchSize }: BenchmarkResult) => String(batchSize) }]
        : []),
      ...(wanted.cacheTypeK
        ? [{ title: "type_k", width: 6, text: (result: BenchmarkResult) => result.cacheTypeK }]
        : []),
      ...(wanted.cacheTypeV
        ? [{ title: "type_v", width: 6, text: (result: BenchmarkResult) => result.cacheTypeV }]
        : []),
      { title: "test", width: 13, isNumber: true, text: ({ test }) => testName(test) },
      { title: "t/s", width: 15, isNumber: true, text: (result) => plusMinus(speedsOf(result)) },
      { title: "ms/token", width: 8, isNumber: true, text: (result) => significant(millisecondsPerToken(result)) },
      { title: "GB/s", width: 5, isNumber: true, text: (result) => (bandwidthOf(result) / 1e9).toFixed(1) },
      { title: "of memory", width: 9, isNumber: true, text: shareOfMemory },
      { title: "logits", width: 12, text: ({ logitsHash }) => logitsHash },
    ];
  }

  get head(): string {
    const titles = this.#columns.map(({ title, width, isNumber }) => padded(title, width, isNumber));
    const rules = this.#columns.map(({ width, isNumber }) =>
      isNumber ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
    );
    return line(titles) + line(rules);
  }

  add(result: BenchmarkResult): string {
    return line(this.#columns.map(({ text, width, isNumber }) => padded(text(result), width, isNumber)));
  }

  end(): string {
    return "";
  }
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}

function padded(text: string, width: number, isNumber = false): string {
  return isNumber ? text.padStart(width) : text.padEnd(width);
}

class CsvReport implements Report {
  #isFirst = true;
  readonly head = "";

  add(result: BenchmarkResult): string {
    const record = Object.entries(recordOf(result));
    const row = record.map(([, value]) => cell(value)).join(",");
    const titles = this.#isFirst ? `${record.map(([name]) => cell(name)).join(",")}\n` : "";
    this.#isFirst = false;
    return `${titles}${row}\n`;
  }

  end(): string {
    return "";
  }
}

function cell(value: unknown): string {
  if (value === null) return '""';
  const text = Array.isArray(value) ? value.join(" ") : String(value);
  return `"${text.replaceAll('"', '""')}"`;
}

class JsonReport implements Report {
  #isFirst = true;
  readonly head = "[";

  add(result: BenchmarkResult): string {
    const comma = this.#isFirst ? "" : ",";
    this.#isFirst = false;
    return `${comma}\n${JSON.stringify(recordOf(result), undefined, 2)}`;
  }

  end(): string {
    return "\n]\n";
  }
}

/** A result under the names that llama-bench has for the same things, and a few of our own. */
function recordOf(result: BenchmarkResult): Record<string, string | number | readonly number[] | null> {
  const { model, test, milliseconds, readBandwidth } = result;
  const nanoseconds = spreadOf(milliseconds.map((duration) => Math.round(duration * 1e6)));
  const speeds = speedsOf(result);
  return {
    cpu_info: cpus()[0]?.model ?? "unknown",
    backends: "WebAssembly",
    kernels: result.kernels,
    model_filename: model.path,
    model_name: model.name,
    model_type: model.type,
    model_size: model.bytes,
    model_n_params: model.parameters,
    n_batch: result.batchSize,
    n_threads: result.threads,
    type_k: result.cacheTypeK,
    type_v: result.cacheTypeV,
    n_prompt: test.promptTokens,
    n_gen: test.generatedTokens,
    n_depth: test.depth,
    test: testName(test),
    avg_ns: nanoseconds.mean,
    stddev_ns: nanoseconds.deviation,
    avg_ts: speeds.mean,
    stddev_ts: speeds.deviation,
    samples_ns: nanoseconds.values,
    samples_ts: speeds.values,
    ms_per_token: millisecondsPerToken(result),
    bytes_read: result.bytesRead,
    bytes_per_second: bandwidthOf(result),
    memory_bytes_per_second: readBandwidth ?? null,
    logits_hash: result.logitsHash,
  };
}

interface Spread {
  readonly values: readonly number[];
  readonly mean: number;
  /** Of a sample: the sum of squares is divided by n - 1. */
  readonly deviation: number;
}

function spreadOf(values: readonly number[]): Spread {
  const mean = meanOf(values);
  const squares = values.map((value) => (value - mean) ** 2);
  const deviation = values.length < 2 ? 0 : Math.sqrt((meanOf(squares) * values.length) / (values.length - 1));
  return { values, mean, deviation };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function tokensOf({ test }: BenchmarkResult): number {
  return test.promptTokens + test.generatedTokens;
}

/** Tokens a second of each repetition. */
function speedsOf(result: BenchmarkResult): Spread {
  return spreadOf(result.milliseconds.map((duration) => (tokensOf(result) / duration) * 1e3));
}

function millisecondsPerToken(result: BenchmarkResult): number {
  return meanOf(result.milliseconds) / tokensOf(result);
}

/** Bytes a second of weights and KV cache. */
function bandwidthOf(result: BenchmarkResult): number {
  return (result.bytesRead / meanOf(result.milliseconds)) * 1e3;
}

function shareOfMemory(result: BenchmarkResult): string {
  if (result.readBandwidth === undefined) return "";
  return `${Math.round((100 * bandwidthOf(result)) / result.readBandwidth)} %`;
}

function plusMinus({ mean, deviation }: Spread): string {
  return `${mean.toFixed(2)} ± ${deviation.toFixed(2)}`;
}

function significant(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function gibOrMib(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(2)} GiB` : `${(bytes / 2 ** 20).toFixed(2)} MiB`;
}

function short(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} B`;
  return count >= 1e6 ? `${(count / 1e6).toFixed(2)} M` : `${(count / 1e3).toFixed(2)} K`;
}
