/** A block of Markdown. `source` is what it was read from: equal sources are equal blocks. */
export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly text: string; readonly source: string }
  | { readonly kind: "paragraph"; readonly text: string; readonly source: string }
  | { readonly kind: "code"; readonly language: string; readonly text: string; readonly source: string }
  | { readonly kind: "quote"; readonly content: readonly Block[]; readonly source: string }
  | {
      readonly kind: "list";
      /** Of the first item; undefined for a list without numbers. */
      readonly start: number | undefined;
      readonly items: readonly (readonly Block[])[];
      readonly source: string;
    }
  | {
      readonly kind: "table";
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
      readonly alignments: readonly (Alignment | undefined)[];
      readonly source: string;
    }
  | { readonly kind: "rule"; readonly source: string };

export type Alignment = "left" | "center" | "right";

/** Deeper quotes and lists are paragraphs. */
const MAX_DEPTH = 10;

const FENCE = /^( {0,3})(`{3,}|~{3,})\s*([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])(\s+|$)/;
const DIVIDER = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

/** The blocks of a text as models write it: CommonMark with tables; HTML is text, and an open fence reaches the end. */
export function parseBlocks(text: string, depth = 0): Block[] {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    if (lines[at]?.trim() === "") {
      at++;
      continue;
    }
    const { block, end } = fence(lines, at) ?? single(lines, at) ?? nested(lines, at, depth) ?? paragraph(lines, at);
    blocks.push(block);
    at = end;
  }
  return blocks;
}

interface Read {
  readonly block: Block;
  /** The first line behind it. */
  readonly end: number;
}

const sourceOf = (lines: readonly string[], start: number, end: number) => lines.slice(start, end).join("\n");

function fence(lines: readonly string[], start: number): Read | undefined {
  const [, indent = "", marks = "", language = ""] = FENCE.exec(lines[start] ?? "") ?? [];
  if (marks === "") return undefined;
  const closes = new RegExp(`^ {0,3}${marks[0]}{${marks.length},}\\s*$`);
  let end = start + 1;
  while (end < lines.length && !closes.test(lines[end] ?? "")) end++;
  const margin = new RegExp(`^ {0,${indent.length}}`);
  const text = lines.slice(start + 1, end).map((line) => line.replace(margin, ""));
  const after = Math.min(end + 1, lines.length);
  return {
    block: {
      kind: "code",
      language: language.trim().split(/\s/)[0] ?? "",
      text: text.join("\n"),
      source: sourceOf(lines, start, after),
    },
    end: after,
  };
}

function single(lines: readonly string[], start: number): Read | undefined {
  const source = lines[start] ?? "";
  if (RULE.test(source)) return { block: { kind: "rule", source }, end: start + 1 };
  const heading = HEADING.exec(source);
  if (heading === null) return undefined;
  const [, marks = "", text = ""] = heading;
  return { block: { kind: "heading", level: marks.length, text, source }, end: start + 1 };
}

function nested(lines: readonly string[], start: number, depth: number): Read | undefined {
  if (depth >= MAX_DEPTH) return undefined;
  return quote(lines, start, depth) ?? list(lines, start, depth) ?? table(lines, start);
}

function quote(lines: readonly string[], start: number, depth: number): Read | undefined {
  if (!QUOTE.test(lines[start] ?? "")) return undefined;
  let end = start;
  while (end < lines.length && QUOTE.test(lines[end] ?? "")) end++;
  const inner = lines.slice(start, end).map((line) => line.replace(QUOTE, ""));
  const content = parseBlocks(inner.join("\n"), depth + 1);
  return { block: { kind: "quote", content, source: sourceOf(lines, start, end) }, end };
}

function list(lines: readonly string[], start: number, depth: number): Read | undefined {
  const first = ITEM.exec(lines[start] ?? "");
  if (first === null) return undefined;
  const isNumbered = /\d/.test(first[2] ?? "");
  const items: Block[][] = [];
  let end = start;
  for (let item = first; ; ) {
    const width = item[0].length - (item[3] === "" ? 0 : Math.max(0, (item[3] ?? "").length - 4));
    const inner = [(lines[end] ?? "").slice(item[0].length)];
    for (end++; end < lines.length; end++) {
      const line = lines[end] ?? "";
      const isBlank = line.trim() === "";
      const isInside = line.startsWith(" ".repeat(Math.max(2, width)));
      const next = lines[end + 1] ?? "";
      if (isBlank ? !next.startsWith("  ") && next.trim() !== "" && !ITEM.test(next) : !isInside && begins(line)) break;
      // A blank line ends what is not indented.
      if (!isBlank && !isInside && (inner.at(-1) ?? "").trim() === "") break;
      inner.push(isInside ? line.slice(Math.max(2, width)) : line.trim());
    }
    items.push(parseBlocks(inner.join("\n"), depth + 1));
    const next = ITEM.exec(lines[end] ?? "");
    if (next === null || /\d/.test(next[2] ?? "") !== isNumbered || RULE.test(lines[end] ?? "")) break;
    item = next;
  }
  const number = isNumbered ? Number.parseInt(first[2] ?? "1", 10) : undefined;
  return { block: { kind: "list", start: number, items, source: sourceOf(lines, start, end) }, end };
}

function table(lines: readonly string[], start: number): Read | undefined {
  const [first = "", divider = ""] = [lines[start], lines[start + 1]];
  if (!first.includes("|") || !divider.includes("-") || !DIVIDER.test(divider)) return undefined;
  const head = cells(first);
  const marks = cells(divider);
  if (marks.length !== head.length) return undefined;
  let end = start + 2;
  while (end < lines.length && (lines[end] ?? "").includes("|")) end++;
  const rows = lines.slice(start + 2, end).map((line) => {
    const row = cells(line);
    return head.map((_, column) => row[column] ?? "");
  });
  const alignments = marks.map((mark) => alignmentOf(mark));
  return { block: { kind: "table", head, rows, alignments, source: sourceOf(lines, start, end) }, end };
}

function cells(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function alignmentOf(mark: string): Alignment | undefined {
  if (mark.startsWith(":")) return mark.endsWith(":") && mark.length > 1 ? "center" : "left";
  return mark.endsWith(":") ? "right" : undefined;
}

/** Whether a line begins a block that needs no blank line before it. */
function begins(line: string): boolean {
  return FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line);
}

function paragraph(lines: readonly string[], start: number): Read {
  let end = start + 1;
  while (end < lines.length && (lines[end] ?? "").trim() !== "" && !begins(lines[end] ?? "")) {
    if (table(lines, end) !== undefined) break;
    end++;
  }
  const text = lines.slice(start, end).map((line) => line.trimStart());
  return { block: { kind: "paragraph", text: text.join("\n").trimEnd(), source: sourceOf(lines, start, end) }, end };
}
