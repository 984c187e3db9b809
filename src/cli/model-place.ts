import type { DownloadProgress } from "../hub/settings.js";
import type { LoraFile } from "../loras.js";
import { isElsewhere } from "../model-place.js";
import type { HubFlags } from "./flags/hub.js";
import { byteCount, duration, percent } from "./show/amounts.js";
import { secondsLeft } from "./show/time-left.js";
import type { Terminal } from "./terminal.js";

/**
 * The path of the model that is named: it is fetched first, with a bar, where it is on no disk here yet.
 * @throws LlamaError as `Llama.load`; the signal's reason
 */
export async function locateModel(
  terminal: Terminal,
  name: string,
  flags: HubFlags,
  signal: AbortSignal,
): Promise<string> {
  if (!isElsewhere(name)) return name;
  const { findModel } = await import("../hub/find-model.js");
  const spinner = await terminal.spinner("Looking for the model");
  const download = new Download();
  const onNotice = (sentence: string) => {
    spinner.clear();
    terminal.note(sentence);
  };
  const onProgress = (progress: DownloadProgress) => spinner.say(download.line(progress));
  try {
    const { path } = await findModel(name, { ...hubOptions(terminal, flags, signal), onNotice, onProgress });
    spinner.stop();
    if (download.fetched > 0) terminal.note(`Downloaded ${download.summary()}.`);
    return path;
  } catch (error) {
    spinner.stop();
    if (signal.aborted && download.fetched > 0) {
      terminal.note(`Stopped; ${byteCount(download.bytes)} kept; the same command resumes from there.`);
    }
    throw error;
  } finally {
    spinner.stop();
  }
}

/** Adapters with paths for those that are elsewhere, which are fetched one after the other. */
export async function locateLoras(
  terminal: Terminal,
  loras: readonly LoraFile[],
  flags: HubFlags,
  signal: AbortSignal,
): Promise<LoraFile[]> {
  const located: LoraFile[] = [];
  for (const lora of loras) {
    located.push({ ...lora, path: await locateModel(terminal, String(lora.path), flags, signal) });
  }
  return located;
}

/** How the hub is asked: by the flags, and by the environment that the terminal has. */
export function hubOptions(terminal: Terminal, { offline, hfToken }: HubFlags, signal: AbortSignal) {
  return { offline, hfToken, signal, outside: { env: terminal.streams.env } };
}

/** A download that is watched. */
export class Download {
  #begun: number | undefined;
  #last: DownloadProgress | undefined;

  /** Bytes on the disk, and those of them that came now. */
  get bytes(): number {
    return this.#last?.bytes ?? 0;
  }

  get fetched(): number {
    return this.bytes - (this.#last?.resumed ?? 0);
  }

  line(progress: DownloadProgress): string {
    this.#begun ??= performance.now();
    this.#last = progress;
    const { file, bytes, total, resumed } = progress;
    const elapsed = performance.now() - this.#begun;
    const speed = elapsed > 500 ? `, ${byteCount((this.fetched * 1000) / elapsed)}/s` : "";
    const name = file.replace(/^.*\//, "");
    if (total === undefined) return `Downloading ${name}: ${byteCount(bytes)}${speed}`;
    const left = secondsLeft((bytes - resumed) / Math.max(1, total - resumed), elapsed);
    const rest = left === undefined ? "" : `, ${duration(left)} left`;
    return `Downloading ${name}: ${percent(bytes / Math.max(1, total))} of ${byteCount(total)}${speed}${rest}`;
  }

  summary(): string {
    const { file = "", bytes = 0 } = this.#last ?? {};
    const elapsed = performance.now() - (this.#begun ?? performance.now());
    const took = elapsed < 10_000 ? `${(elapsed / 1000).toFixed(1)} s` : duration(elapsed / 1000);
    return `${file.replace(/^.*\//, "")} (${byteCount(bytes)}) in ${took}`;
  }
}
