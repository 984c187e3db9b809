import { cpus } from "node:os";
import type { KernelSpeed } from "../../benchmark/kernel-speeds.js";
import type { BenchmarkResult } from "../../benchmark/runner.js";
import { testName } from "../../benchmark/speed-test.js";
import { printable } from "../../errors.js";
import type { Column, ReportRecord, ReportView } from "./report.js";

/** Columns of the table that only appear where a flag asked for more than the default. */
export interface OptionalColumns {
  readonly batchSize: boolean;
  readonly cacheTypeK: boolean;
  readonly cacheTypeV: boolean;
}

/** Results as llama-bench shows them, with what a speed needs to be understood. */
export function benchmarkView(wanted: OptionalColumns): ReportView<BenchmarkResult> {
  const optional: Column<BenchmarkResult>[] = [
    { title: "batch", width: 5, isNumber: true, text: ({ batchSize }) => String(batchSize) },
    { title: "type_k", width: 6, text: ({ cacheTypeK }) => cacheTypeK },
    { title: "type_v", width: 6, text: ({ cacheTypeV }) => cacheTypeV },
  ];
  const isWanted = [wanted.batchSize, wanted.cacheTypeK, wanted.cacheTypeV];
  return {
    columns: [
      { title: "model", width: 30, text: ({ model }) => `${printable(model.name, 40)} ${model.type}` },
      { title: "size", width: 10, isNumber: true, text: ({ model }) => gibOrMib(model.bytes) },
      { title: "params", width: 8, isNumber: true, text: ({ model }) => short(model.parameters) },
      { title: "threads", width: 7, isNumber: true, text: ({ threads }) => String(threads) },
      { title: "kernels", width: 7, text: ({ kernels }) => kernels },
      ...optional.filter((_, i) => isWanted[i] === true),
      { title: "test", width: 13, isNumber: true, text: ({ test }) => testName(test) },
      { title: "t/s", width: 17, isNumber: true, text: (result) => plusMinus(speedsOf(result)) },
      { title: "ms/token", width: 8, isNumber: true, text: (result) => significant(millisecondsPerToken(result)) },
      { title: "GB/s", width: 5, isNumber: true, text: (result) => (bytesPerSecond(result) / 1e9).toFixed(1) },
      { title: "of memory", width: 9, isNumber: true, text: shareOfMemory },
      { title: "logits", width: 12, text: ({ logitsHash }) => logitsHash },
    ],
    recordOf: benchmarkRecord,
  };
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
    { title: "speed", width: 12, isNumber: true, text: ({ speed, unit }) => `${speed.toFixed(1)} ${unit}` },
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
  return `${Math.round((100 * bytesPerSecond(result)) / result.readBandwidth)} %`;
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
