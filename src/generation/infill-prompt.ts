import { LlamaError } from "../errors.js";
import { kindOf, refuseUnknown } from "../options.js";
import type { InfillTokens } from "../tokenizer/infill-tokens.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { GenerateOptions } from "./options.js";

/** A text with a gap. */
export interface InfillParts {
  /** What stands before the gap. */
  readonly prefix: string;
  /** What stands behind it. */
  readonly suffix: string;
  /** Other texts that may help, such as files of the same project, the most helpful last. */
  readonly extra?: readonly (string | { readonly filename?: string | undefined; readonly text: string })[] | undefined;
}

/** How to fill in. */
export interface InfillOptions extends Omit<GenerateOptions, "addBos" | "parseSpecial"> {
  /**
   * Whether the prefix comes first (`psm`) or the suffix (`spm`): Rozière et al. 2023, section 2.3. By default what the
   * file recommends, and `psm` where it says nothing.
   */
  readonly order?: "psm" | "spm" | undefined;
  /**
   * Whether an answer ends, too, where it comes to the beginning of the suffix: its first twelve characters that are
   * not white space, with the white space between them, or all of a shorter one that has several lines. By default
   * what the file recommends, and not where it says nothing: a gap in rows that are alike may have them rightly.
   */
  readonly stopAtSuffix?: boolean | undefined;
  /**
   * Whether the last token of the prefix is taken back and the answer made to begin with its text, so that the gap may
   * begin inside a token; by default it is, unless the answer has a form. Without it the ids are those of Code Llama's
   * own code.
   */
  readonly tokenHealing?: boolean | undefined;
}

/** What a model is given to fill in a gap. */
export interface InfillPrompt {
  readonly ids: readonly number[];
  /** What the answer must begin with, as the prefix ends with it. */
  readonly healed: string;
}

/** What llama.cpp puts before each text of a context where the model has no token for that. */
const SNIPPET = "\n\n--- snippet ---\n\n";

const SPACE = 0x20;
const utf8 = new TextEncoder();

/** @throws LlamaError `option` for parts that are no texts, an order that is none, and what is no yes or no */
export function checkInfill(parts: InfillParts, options: InfillOptions): void {
  const { order, tokenHealing, stopAtSuffix } = options;
  for (const name of ["addBos", "parseSpecial"]) {
    if (name in options) throw new LlamaError("option", `infill has no option ${name}: it writes its prompt itself.`);
  }
  refuseUnknown(parts, { prefix: true, suffix: true, extra: true }, "infill");
  const { prefix, suffix, extra = [] } = parts;
  for (const [name, text] of Object.entries({ prefix, suffix })) {
    if (typeof text !== "string") throw new LlamaError("option", `${name} must be a text (got ${kindOf(text)}).`);
  }
  if (!Array.isArray(extra) || extra.some((each) => typeof textOf(each) !== "string")) {
    throw new LlamaError("option", "extra must be a list of texts, or of objects with a text.");
  }
  if (order !== undefined && order !== "psm" && order !== "spm") {
    throw new LlamaError("option", `order must be "psm" or "spm" (got ${JSON.stringify(order)}).`);
  }
  for (const [name, value] of Object.entries({ tokenHealing, stopAtSuffix })) {
    if (value === undefined || typeof value === "boolean") continue;
    throw new LlamaError("option", `${name} must be true or false (got ${kindOf(value)}).`);
  }
}

/**
 * The ids of a text with a gap, as Code Llama's own code has them: no space is put before the suffix, and one before
 * the prefix where the vocabulary begins texts so. Of `extra` as much is taken as fits, from its end.
 * @param room tokens that the prompt may have
 * @throws LlamaError `unsupported` where the model has no tokens for that, `context` where prefix and suffix do not fit
 */
export function infillPrompt(
  tokenizer: Tokenizer,
  { prefix, suffix, extra = [] }: InfillParts,
  { order = "psm", tokenHealing = true }: Pick<InfillOptions, "order" | "tokenHealing">,
  room: number,
): InfillPrompt {
  const { prefixId, suffixId, middleId } = requireInfillTokens(tokenizer);
  const encode = (text: string, options: object) =>
    tokenizer.encode(text, { addBos: false, tokenLimit: room, ...options });
  const before = encode(prefix, {});
  const behind = encode(suffix, { addSpacePrefix: false });
  const healed = tokenHealing ? takeBack(before, tokenizer, prefix) : "";
  const gap =
    order === "psm"
      ? [prefixId, ...before, suffixId, ...behind, middleId]
      : [prefixId, suffixId, ...behind, middleId, ...before];
  const bos = tokenizer.addBos && tokenizer.bosId !== undefined ? [tokenizer.bosId] : [];
  const left = room - gap.length - bos.length;
  if (left < 0) {
    throw new LlamaError(
      "context",
      `Prefix and suffix are ${gap.length} tokens long, but there is room for ${room}; shorten them, or use a larger context.`,
    );
  }
  return { ids: [...bos, ...snippets(extra, encode, left), ...gap], healed };
}

/** @throws LlamaError `unsupported` where the model cannot fill in */
export function requireInfillTokens({ infill }: Tokenizer): InfillTokens {
  if (infill !== undefined) return infill;
  throw new LlamaError(
    "unsupported",
    "The model has no infill tokens, so it cannot fill in a gap; use Code Llama 7B or 13B (also Instruct) or 70B base, not a Python or 34B one.",
  );
}

/** The last texts of a context that have room, the first of them perhaps without its beginning. */
function snippets(
  extra: NonNullable<InfillParts["extra"]>,
  encode: (text: string, options: object) => number[],
  room: number,
): number[] {
  let ids: number[] = [];
  for (const each of extra.toReversed()) {
    const name = typeof each === "string" || each.filename === undefined ? "" : `${each.filename}\n`;
    const more = encode(`${SNIPPET}${name}${textOf(each)}`, { tokenLimit: undefined });
    ids = [...more.slice(Math.max(0, more.length - (room - ids.length))), ...ids];
    if (ids.length >= room) break;
  }
  return room === 0 ? [] : ids;
}

function textOf(extra: string | { readonly text: string }): string {
  return typeof extra === "string" ? extra : extra?.text;
}

/**
 * Takes the last token of a text back, and those before it that it shares a character with, as a character may be
 * spelled in tokens of single bytes; their text. Nothing is taken back that has another text than it came from, such as
 * a token for what the vocabulary does not know.
 */
function takeBack(ids: number[], tokenizer: Tokenizer, text: string): string {
  const bytes = utf8.encode(text);
  let start = bytes.length;
  for (let kept = ids.length - 1; kept >= 0; kept--) {
    const spelled = tokenizer.bytesOf(ids[kept] as number);
    start -= spelled.length;
    // The space that was put before the text is no part of it.
    const isWhole = kept === 0 && start === -1 && spelled[0] === SPACE;
    const own = isWhole ? spelled.subarray(1) : spelled;
    if (spelled.length === 0 || own.some((byte, i) => byte !== bytes[Math.max(0, start) + i])) return "";
    if (!isWhole && ((bytes[start] ?? 0) & 0xc0) === 0x80) continue; // inside a character
    ids.length = kept;
    return (
      (isWhole ? " " : "") + new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(Math.max(0, start)))
    );
  }
  return "";
}
