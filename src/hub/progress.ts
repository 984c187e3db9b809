import type { HubSettings } from "./settings.js";

/** One figure for all parts of a model. */
export class JointProgress {
  readonly #settings: HubSettings;
  readonly #file: string;
  readonly #parts: { bytes: number; resumed: number; total: number | undefined }[];

  /** @param totals bytes of each part, where they are known before */
  constructor(file: string, totals: readonly (number | undefined)[], settings: HubSettings) {
    this.#settings = settings;
    this.#file = file;
    this.#parts = totals.map((total) => ({ bytes: 0, resumed: 0, total }));
  }

  /** So many bytes of a part are on the disk. @param isFound they, and not only those before them, were found there */
  set(index: number, bytes: number, isFound = false, total?: number): void {
    const part = this.#parts[index];
    if (part === undefined) return;
    if (isFound) part.resumed += Math.max(0, bytes - part.bytes);
    part.bytes = bytes;
    part.resumed = Math.min(part.resumed, bytes); // begun anew
    part.total = total ?? part.total;
  }

  report(): void {
    const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
    const totals = this.#parts.map(({ total }) => total);
    this.#settings.onProgress?.({
      file: this.#file,
      bytes: sum(this.#parts.map(({ bytes }) => bytes)),
      total: totals.includes(undefined) ? undefined : sum(totals as number[]),
      resumed: sum(this.#parts.map(({ resumed }) => resumed)),
    });
  }
}
