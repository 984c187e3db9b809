/** A member of an object in a JSON text; of the last one there may be a beginning only. */
export interface JsonMember {
  readonly key: string;
  /** As it is written, as far as it goes. */
  readonly value: string;
  readonly isWhole: boolean;
}

/** What a JSON text holds from a place on. */
export interface JsonStretch<T> {
  readonly items: readonly T[];
  /** Behind the closing bracket, or the text's end. */
  readonly end: number;
  readonly isWhole: boolean;
}

const SPACE = /\s*/y;

/**
 * The members of the object that begins at `at`, without a look at what is inside of them.
 * @throws SyntaxError where no object begins there, or its members are not divided as JSON has it
 */
export function membersOf(text: string, at: number): JsonStretch<JsonMember> {
  return stretch(text, at, "{", "}", (from) => {
    const keyEnd = endOfValue(text, from);
    if (text[from] !== '"') throw new SyntaxError("a key is missing");
    const colon = keyEnd === undefined ? text.length : skipSpace(text, keyEnd);
    if (colon === text.length) return { item: undefined, end: undefined };
    if (text[colon] !== ":") throw new SyntaxError("a colon is missing");
    const start = skipSpace(text, colon + 1);
    const end = endOfValue(text, start);
    const item = {
      key: JSON.parse(text.slice(from, keyEnd)) as string,
      value: text.slice(start, end),
      isWhole: end !== undefined,
    };
    return { item, end };
  });
}

/**
 * The values of the list that begins at `at`, by where they begin.
 * @throws SyntaxError as {@link membersOf}
 */
export function valuesOfList(text: string, at: number): JsonStretch<number> {
  return stretch(text, at, "[", "]", (from) => ({ item: from, end: endOfValue(text, from) }));
}

/** The first place from `at` on that is no white space. */
export function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  return at + (SPACE.exec(text)?.[0].length ?? 0);
}

function stretch<T>(
  text: string,
  at: number,
  open: string,
  close: string,
  read: (from: number) => { readonly item: T | undefined; readonly end: number | undefined },
): JsonStretch<T> {
  if (text[at] !== open) throw new SyntaxError(`${open} is missing`);
  const items: T[] = [];
  const cut = { items, end: text.length, isWhole: false };
  let next = skipSpace(text, at + 1);
  if (text[next] === close) return { items, end: next + 1, isWhole: true };
  for (;;) {
    if (next === text.length) return cut;
    const { item, end } = read(next);
    if (item !== undefined) items.push(item);
    if (end === undefined) return cut;
    const behind = skipSpace(text, end);
    if (behind === text.length) return cut;
    if (text[behind] === close) return { items, end: behind + 1, isWhole: true };
    if (text[behind] !== ",") throw new SyntaxError("a comma is missing");
    next = skipSpace(text, behind + 1);
  }
}

/** Where the value ends that begins at `at`; undefined where the text ends before it. */
function endOfValue(text: string, at: number): number | undefined {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const letter = text[i] as string;
    if (letter === '"') {
      const end = endOfString(text, i);
      if (end === undefined) return undefined;
      i = end - 1;
    } else if (letter === "{" || letter === "[") depth++;
    else if (letter === "}" || letter === "]") depth--;
    // A number or a name ends where something else begins.
    if (depth < 0) return i;
    if (depth === 0 && /[\]}"]/.test(letter)) return i + 1;
    if (depth === 0 && /[,\s]/.test(letter)) return i;
  }
  return undefined;
}

function endOfString(text: string, at: number): number | undefined {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i + 1;
  }
  return undefined;
}
