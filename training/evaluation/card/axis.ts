/** Where values stand on paper, with a few round ones marked. */
export interface Axis {
  /** The place of a value, in tenths of a pixel. */
  at(value: number): number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

const MOST_TICKS = 7;

/** @param from the place of the least value, `to` of the greatest; downwards where `from` is the greater */
export function axisFor(values: readonly number[], from: number, to: number): Axis {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) throw new RangeError("there is nothing to plot");
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const step = roundStep((high - low || Math.abs(high) || 1) / (MOST_TICKS - 1));
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  const at = (value: number) => Math.round(10 * (from + ((value / step - first) / (last - first)) * (to - from))) / 10;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => {
    const value = (first + i) * step;
    return { at: at(value), label: value.toFixed(digits) };
  });
  return { at, ticks };
}

/** 1, 2 or 5 times a power of ten, no less than what is given. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9)) as number);
}
