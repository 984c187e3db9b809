/** A piece of a line of Markdown. */
export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "strong" | "emphasis" | "strike"; readonly content: readonly Inline[] }
  | { readonly kind: "link"; readonly address: string; readonly content: readonly Inline[] }
  | { readonly kind: "break" };

/** What deeper nesting there is stays text: nobody writes it, and a model can. */
const MAX_DEPTH = 12;

/** Longer lines are shown as they are: finding their marks could take longer than reading them. */
const MAX_LENGTH = 20_000;

/** What is emphasised is shorter than this, which also bounds how long its end is looked for. */
const MAX_EMPHASIS = 2000;

const DELIMITERS = [
  { mark: "**", kind: "strong" },
  { mark: "__", kind: "strong" },
  { mark: "~~", kind: "strike" },
  { mark: "*", kind: "emphasis" },
  { mark: "_", kind: "emphasis" },
] as const;

const WORD = /[\p{L}\p{N}_]/u;

/** The pieces of a paragraph's text, as CommonMark reads them but for HTML and references, which stay text. */
export function parseInline(source: string, depth = 0): Inline[] {
  const pieces: Inline[] = [];
  let plain = "";
  const add = (piece: Inline) => {
    if (plain !== "") pieces.push({ kind: "text", text: plain });
    plain = "";
    pieces.push(piece);
  };
  if (depth > MAX_DEPTH || source.length > MAX_LENGTH) return [{ kind: "text", text: source }];
  for (let at = 0; at < source.length; ) {
    const found = escaped(source, at) ?? code(source, at) ?? link(source, at, depth) ?? delimited(source, at, depth);
    if (found === undefined) {
      plain += source[at];
      at += 1;
    } else {
      if (found.piece.kind === "text") plain += found.piece.text;
      else add(found.piece);
      at = found.end;
    }
  }
  if (plain !== "") pieces.push({ kind: "text", text: plain });
  return pieces;
}

interface Found {
  readonly piece: Inline;
  readonly end: number;
}

function escaped(source: string, at: number): Found | undefined {
  if (source[at] === "\\") {
    const next = source[at + 1];
    if (next === "\n") return { piece: { kind: "break" }, end: at + 2 };
    if (next !== undefined && /[!-/:-@[-`{-~]/.test(next)) return { piece: { kind: "text", text: next }, end: at + 2 };
  }
  if (source.startsWith("  \n", at)) return { piece: { kind: "break" }, end: at + 3 };
  return undefined;
}

function code(source: string, at: number): Found | undefined {
  if (source[at] !== "`") return undefined;
  const fence = /^`+/.exec(source.slice(at))?.[0] ?? "`";
  for (let end = source.indexOf(fence, at + fence.length); end >= 0; end = source.indexOf(fence, end)) {
    let run = end;
    while (source[run] === "`") run++;
    if (run - end === fence.length) {
      const text = source.slice(at + fence.length, end).replaceAll("\n", " ");
      const isPadded = /^ .*[^ ].* $/s.test(text);
      return { piece: { kind: "code", text: isPadded ? text.slice(1, -1) : text }, end: run };
    }
    end = run;
  }
  // A run of backticks that nothing closes is text as a whole.
  return { piece: { kind: "text", text: fence }, end: at + fence.length };
}

function link(source: string, at: number, depth: number): Found | undefined {
  if (source.startsWith("http://", at) || source.startsWith("https://", at)) {
    if (at > 0 && WORD.test(source[at - 1] ?? "")) return undefined;
    const address = /^[^\s<>"`]+/.exec(source.slice(at))?.[0].replace(/[.,:;!?)\]}'*_]+$/, "") ?? "";
    if (!/^https?:\/\/./.test(address)) return undefined;
    return { piece: { kind: "link", address, content: [{ kind: "text", text: address }] }, end: at + address.length };
  }
  const isImage = source[at] === "!" && source[at + 1] === "[";
  if (source[at] !== "[" && !isImage) return undefined;
  const start = isImage ? at + 2 : at + 1;
  const close = closing(source, start);
  if (close === undefined || source[close + 1] !== "(") return undefined;
  const target = /^\(\s*<?([^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+"[^"]*")?\s*\)/.exec(
    source.slice(close + 1),
  );
  if (target === null) return undefined;
  // A picture would be fetched from elsewhere, so it is shown as a link.
  const content = parseInline(source.slice(start, close), depth + 1);
  return { piece: { kind: "link", address: target[1] ?? "", content }, end: close + 1 + target[0].length };
}

/** Where the bracket closes that opened before `start`. */
function closing(source: string, start: number): number | undefined {
  let open = 1;
  for (let at = start; at < source.length && at < start + 1000; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === "[") open++;
    else if (source[at] === "]") {
      open--;
      if (open === 0) return at;
    }
  }
  return undefined;
}

function delimited(source: string, at: number, depth: number): Found | undefined {
  const delimiter = DELIMITERS.find(({ mark }) => source.startsWith(mark, at));
  if (delimiter === undefined) return undefined;
  const { mark, kind } = delimiter;
  const literal: Found = { piece: { kind: "text", text: mark }, end: at + mark.length };
  const isInWord = (place: number) => mark.startsWith("_") && WORD.test(source[place] ?? "");
  if (/^\s|^$/.test(source.slice(at + mark.length, at + mark.length + 1)) || isInWord(at - 1)) return literal;
  let end = source.indexOf(mark, at + mark.length);
  while (end >= 0 && end < at + MAX_EMPHASIS) {
    const isWhole = mark.length === 2 || (source[end - 1] !== mark && source[end + 1] !== mark);
    const closes = !/\s/.test(source[end - 1] ?? " ") && source[end - 1] !== "\\" && !isInWord(end + mark.length);
    if (isWhole && closes && end > at + mark.length) {
      const content = parseInline(source.slice(at + mark.length, end), depth + 1);
      return { piece: { kind, content }, end: end + mark.length };
    }
    end = source.indexOf(mark, end + mark.length);
  }
  return literal;
}
