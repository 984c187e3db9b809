import { cpus } from "node:os";
import type { KernelSpeed } from "../../benchmark/kernel-speeds.js";
import type { BenchmarkResult } from "../../benchmark/runner.js";
import { testName } from "../../benchmark/speed-test.js";
import { printable } from "../../errors.js";
import { byteCount, counted, largeCount, significant } from "./amounts.js";
import type { Column, ReportRecord, ReportView } from "./report.js";

/** Columns of the table that only appear where a flag asked for more than the default. */
export interface OptionalColumns {
  readonly batchSize: boolean;
  readonly cacheTypeK: boolean;
  readonly cacheTypeV: boolean;
}

/** What the columns mean that do not say it themselves. */
export const LEGEND: readonly (readonly [column: string, about: string])[] = [
  ["test", "pp512: prompt of 512 tokens; tg128: 128 generated; @ d1024: after 1024"],
  ["t/s", "tokens per second: mean ± standard deviation of the repetitions"],
  ["GB/s", "weights and KV cache read, in 10^9 bytes per second"],
  ["(of) memory", "that, as a share of the measured memory bandwidth"],
  ["logits", "hash of the last logits: the same results have the same hash"],
];

/** Results as llama-bench shows them, with what a speed needs to be understood. */
export function benchmarkView(wanted: OptionalColumns): ReportView<BenchmarkResult> {
  return {
    columns: [
      { title: "model", width: 30, text: ({ model }) => modelLabel(model, 30) },
      { title: "size", width: 10, isNumber: true, text: ({ model }) => byteCount(model.bytes) },
      { title: "params", width: 8, isNumber: true, text: ({ model }) => largeCount(model.parameters) },
      { title: "threads", width: 7, isNumber: true, text: ({ threads }) => String(threads) },
      { title: "kernels", width: 7, text: ({ kernels }) => kernels },
      ...optionalColumns(wanted),
      { title: "test", width: 13, isNumber: true, text: ({ test }) => testName(test) },
      { title: "t/s", width: 17, isNumber: true, text: (result) => plusMinus(speedsOf(result)) },
      ...FIGURES,
    ],
    recordOf: benchmarkRecord,
  };
}

/** The same in 80 columns: what is so for several lines stands above them. */
export function narrowBenchmarkView(wanted: OptionalColumns): ReportView<BenchmarkResult> {
  const optional = optionalColumns(wanted);
  const groupOf = (result: BenchmarkResult) => {
    const { model, threads, kernels } = result;
    const facts = [modelLabel(model, 40), byteCount(model.bytes), `${largeCount(model.parameters)} parameters`];
    const others = optional.map(({ title, text }) => `${title} ${text(result)}`);
    return `${facts.join(" · ")}\n${[counted(threads, "thread"), `${kernels} kernels`, ...others].join(" · ")}`;
  };
  return {
    columns: [
      { title: "test", width: 13, isNumber: true, text: ({ test }) => testName(test) },
      { title: "t/s", width: 15, isNumber: true, text: (result) => plusMinus(speedsOf(result)) },
      ...FIGURES.map((column) => (column.title === "of memory" ? { ...column, title: "memory", width: 6 } : column)),
    ],
    groupOf,
    recordOf: benchmarkRecord,
  };
}

const FIGURES: readonly Column<BenchmarkResult>[] = [
  { title: "ms/token", width: 8, isNumber: true, text: (result) => significant(millisecondsPerToken(result)) },
  { title: "GB/s", width: 5, isNumber: true, text: (result) => gigabytes(bytesPerSecond(result)) },
  { title: "of memory", width: 9, isNumber: true, text: shareOfMemory },
  { title: "logits", width: 12, text: ({ logitsHash }) => logitsHash },
];

function optionalColumns(wanted: OptionalColumns): Column<BenchmarkResult>[] {
  const optional: Column<BenchmarkResult>[] = [
    { title: "batch", width: 5, isNumber: true, text: ({ batchSize }) => String(batchSize) },
    { title: "type_k", width: 6, text: ({ cacheTypeK }) => cacheTypeK },
    { title: "type_v", width: 6, text: ({ cacheTypeV }) => cacheTypeV },
  ];
  const isWanted = [wanted.batchSize, wanted.cacheTypeK, wanted.cacheTypeV];
  return optional.filter((_, i) => isWanted[i] === true);
}

/** The model's name, cut so that its type still stands behind it. */
function modelLabel({ name, type }: BenchmarkResult["model"], width: number): string {
  const room = width - type.length - 1;
  const shown = printable(name, 64);
  return `${shown.length > room ? `${shown.slice(0, room - 1)}…` : shown} ${type}`;
}

/** A result under the names that llama-bench has for the same things, and a few of our own. */
function benchmarkRecord(result: BenchmarkResult): ReportRecord {
  const { model, test, milliseconds, readBandwidth } = result;
  const nanoseconds = spreadOf(milliseconds.map((duration) => Math.round(duration * 1e6)));
  const speeds = speedsOf(result);
  return {
    cpu_info: cpus()[0]?.model ?? "unknown",
    node_version: process.version,
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
    test_time: new Date().toISOString(),
    avg_ns: nanoseconds.mean,
    stddev_ns: nanoseconds.deviation,
    avg_ts: speeds.mean,
    stddev_ts: speeds.deviation,
    samples_ns: nanoseconds.values,
    samples_ts: speeds.values,
    ms_per_token: millisecondsPerToken(result),
    bytes_read: result.bytesRead,
    bytes_per_second: bytesPerSecond(result),
    memory_bytes_per_second: readBandwidth ?? null,
    logits_hash: result.logitsHash,
  };
}

/** Kernels, a line each. */
export const KERNEL_VIEW: ReportView<KernelSpeed> = {
  columns: [
    { title: "kernel", width: 20, text: ({ kernel }) => kernel },
    { title: "build", width: 7, text: ({ kernels }) => kernels },
    { title: "shape", width: 24, text: ({ shape }) => shape },
    { title: "us/call", width: 10, isNumber: true, text: ({ microseconds }) => significant(microseconds) },
    { title: "speed", width: 12, isNumber: true, text: ({ speed, unit }) => `${significant(speed)} ${unit}` },
  ],
  recordOf: ({ kernel, kernels, shape, microseconds, speed, unit }) => ({
    kernel,
    kernels,
    shape,
    us_per_call: microseconds,
    speed,
    unit,
  }),
};

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

/** Of weights and KV cache. */
function bytesPerSecond(result: BenchmarkResult): number {
  return (result.bytesRead / meanOf(result.milliseconds)) * 1e3;
}

function shareOfMemory(result: BenchmarkResult): string {
  if (result.readBandwidth === undefined) return "";
  return `${Math.round((100 * bytesPerSecond(result)) / result.readBandwidth)}%`;
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(bytes < 10e9 ? 2 : 1);
}

/** One repetition has no deviation. */
function plusMinus({ values, mean, deviation }: Spread): string {
  return values.length < 2 ? mean.toFixed(2) : `${mean.toFixed(2)} ± ${deviation.toFixed(2)}`;
}
