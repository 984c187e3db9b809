import { LlamaError, printable } from "../../errors.js";
import { shownPath } from "../../files/failure.js";
import { readTextFile } from "../../files/text.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import { MAX_TEXT_BYTES } from "../text-input.js";

/** What commander makes of the flags that say where a gap is. */
export interface GapFlags {
  at?: string;
  prefix?: string;
  suffix?: string;
}

/** A gap, and the texts around it. */
export interface Gap {
  readonly prefix: string;
  readonly suffix: string;
  /** The file it is in, if it is in one. */
  readonly path: string | undefined;
}

const MARK = "<FILL>";

/**
 * The gap that a command line names.
 * @throws LlamaError `option` where there is none, several, or one that is not in the file; as `readTextFile`
 */
export function gapOf(files: readonly string[], { at, prefix, suffix }: GapFlags): Gap {
  const [path, ...others] = files;
  if (others.length > 0) throw new LlamaError("option", "infill fills in one file; name one.");
  if (path === undefined) {
    if (at !== undefined) throw new LlamaError("option", "--at is a place in a file; name the file.");
    if (prefix === undefined && suffix === undefined) {
      throw new LlamaError("option", "infill needs a gap: a file with <FILL> in it or --at, or --prefix and --suffix.");
    }
    return { prefix: textOf(prefix), suffix: textOf(suffix), path: undefined };
  }
  if (prefix !== undefined || suffix !== undefined) {
    throw new LlamaError("option", "The gap was given twice: by a file, and by --prefix or --suffix.");
  }
  const text = readTextFile(path, "a text file", MAX_TEXT_BYTES);
  return { ...(at === undefined ? atMark(text, path) : atPlace(text, at, path)), path };
}

function textOf(given: string | undefined): string {
  if (given === undefined) return "";
  return given.startsWith("@") ? readTextFile(given.slice(1), "a text file", MAX_TEXT_BYTES) : given;
}

function atMark(text: string, path: string): Pick<Gap, "prefix" | "suffix"> {
  const [prefix = "", suffix, ...others] = text.split(MARK);
  if (suffix !== undefined && others.length === 0) return { prefix, suffix };
  const found = suffix === undefined ? "has no" : "has more than one";
  throw new LlamaError(
    "option",
    `${shownPath(path)} ${found} ${MARK}; mark one place with it, or name one with --at LINE[:COL].`,
  );
}

/** A place as editors count: lines and columns from 1, columns in characters; behind the last one is a place too. */
function atPlace(text: string, at: string, path: string): Pick<Gap, "prefix" | "suffix"> {
  const [, lineText, columnText] = /^(\d+)(?::(\d+))?$/.exec(at) ?? [];
  if (lineText === undefined) {
    throw new LlamaError(
      "option",
      `--at must be a line, or a line and a column such as 12:5 (got "${printable(at)}").`,
    );
  }
  const line = Number(lineText);
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const start = starts[line - 1];
  if (start === undefined) {
    throw new LlamaError(
      "option",
      `--at names line ${line}, but ${shownPath(path)} has the lines 1 to ${starts.length}.`,
    );
  }
  const content = /^[^\r\n]*/.exec(text.slice(start))?.[0] ?? "";
  const characters = Array.from(content);
  const column = columnText === undefined ? characters.length + 1 : Number(columnText);
  if (column < 1 || column > characters.length + 1) {
    throw new LlamaError(
      "option",
      `--at names column ${column}, but line ${line} of ${shownPath(path)} has the columns 1 to ${characters.length + 1}.`,
    );
  }
  const offset = start + characters.slice(0, column - 1).join("").length;
  return { prefix: text.slice(0, offset), suffix: text.slice(offset) };
}

/** Characters of a token at least, on average, in any text worth filling in: what is cut off before it is encoded. */
const LONGEST_TOKEN = 16;

/**
 * The texts around a gap, cut to so many tokens: what is nearest to the gap stays, and before it three times as much as
 * behind it where both are long.
 */
export function trimmed(tokenizer: Tokenizer, { prefix, suffix }: Gap, room: number): Pick<Gap, "prefix" | "suffix"> {
  const most = Math.max(0, room) * LONGEST_TOKEN;
  const before = tokenizer.encode(prefix.slice(-most || prefix.length), { addBos: false });
  const behind = tokenizer.encode(suffix.slice(0, most), { addBos: false, addSpacePrefix: false });
  if (before.length + behind.length <= room && prefix.length <= most && suffix.length <= most)
    return { prefix, suffix };
  const forSuffix = Math.min(behind.length, Math.max(Math.floor(room / 4), room - before.length));
  const forPrefix = Math.max(0, Math.min(before.length, room - forSuffix));
  const kept = (ids: readonly number[]) => tokenizer.decode(ids, { stripLeadingSpace: false }).replace(/\ufffd/g, "");
  const tail = forPrefix === 0 ? "" : kept(before.slice(-forPrefix));
  const head = kept(behind.slice(0, forSuffix));
  return {
    prefix: prefix.endsWith(tail) ? tail : wholeCharacters(prefix.slice(prefix.length - tail.length)),
    suffix: suffix.startsWith(head) ? head : wholeCharacters(suffix.slice(0, head.length)),
  };
}

/** Without the halves of characters that a cut has left at the ends. */
function wholeCharacters(text: string): string {
  return text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
}
