/** Where the cursor stands in the line above, in the same column or at its end; undefined in the first line. */
export function cursorAbove(text: string, cursor: number): number | undefined {
  const before = text.slice(0, cursor).split("\n");
  const [above, current] = before.slice(-2);
  if (above === undefined || current === undefined) return undefined;
  return cursor - current.length - 1 - above.length + Math.min(current.length, above.length);
}

/** The same in the line below; undefined in the last line. */
export function cursorBelow(text: string, cursor: number): number | undefined {
  const column = text.slice(0, cursor).split("\n").at(-1)?.length ?? 0;
  const [rest = "", below] = text.slice(cursor).split("\n");
  return below === undefined ? undefined : cursor + rest.length + 1 + Math.min(column, below.length);
}
