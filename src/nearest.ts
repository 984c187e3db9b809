/** How many letters may differ, for a name of this length, if it was meant to be the same. */
function tolerance(length: number): number {
  return length < 4 ? 1 : Math.ceil(length / 3);
}

/** No name is longer. */
const MAX_LENGTH = 40;

/** The name that somebody probably meant; undefined where none is like it. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  let best: string | undefined;
  let least = tolerance(word.length) + 1;
  for (const name of names) {
    const isBeginning = word !== "" && name.startsWith(word);
    const found = isBeginning ? 0 : distance(word.toLowerCase(), name.toLowerCase());
    if (found < least) [best, least] = [name, found];
  }
  return best;
}

/** Letters to insert, remove, replace or exchange with their neighbour (optimal string alignment). */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      let least = Math.min(
        (current[column - 1] as number) + 1,
        (above[column] as number) + 1,
        (above[column - 1] as number) + (isSame ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        least = Math.min(least, (before[column - 2] as number) + 1);
      }
      current.push(least);
    }
    [before, above] = [above, current];
  }
  return above[to.length] as number;
}
