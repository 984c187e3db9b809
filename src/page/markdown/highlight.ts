/** A stretch of code, and what it is where that is known. */
export interface Stretch {
  readonly text: string;
  readonly kind?: "comment" | "string" | "number" | "keyword" | undefined;
}

/** Longer code stays plain. */
const MAX_LENGTH = 50_000;

const KEYWORDS = new Set(
  `abstract and as assert async await bool boolean break case catch char class const continue def default del do double
  elif else end enum except export extends extern false False final finally float fn for from func function go if impl
  implements import in int interface is lambda let long loop match mod module mut namespace new nil None not null number
  or override package pass private protected pub public raise readonly ref return self static string struct super switch
  template this throw throws trait true True try type typedef typeof undefined union unsigned use using var virtual void
  where while with yield select insert update delete into values create table join on group by order limit`.split(
    /\s+/,
  ),
);

const HASH_COMMENTS = /^(?:py|python|rb|ruby|sh|bash|shell|zsh|yaml|yml|toml|r|perl|makefile|dockerfile)$/i;
const DASH_COMMENTS = /^(?:sql|lua|haskell|hs)$/i;

const STRING = String.raw`"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\`(?:\\.|[^\`\\])*\``;
const NUMBER = String.raw`\b(?:0[xX][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\b`;

/**
 * Colours for code of any of the usual languages: comments, strings, numbers and words that are keywords somewhere. The
 * stretches together are the text.
 */
export function highlight(text: string, language: string): Stretch[] {
  if (language === "" || language === "text" || text.length > MAX_LENGTH) return [{ text }];
  const comment = HASH_COMMENTS.test(language)
    ? "#[^\n]*"
    : DASH_COMMENTS.test(language)
      ? "--[^\n]*"
      : String.raw`//[^\n]*|/\*[\s\S]*?(?:\*/|$)`;
  const pattern = new RegExp(`(${comment})|(${STRING})|(${NUMBER})|([A-Za-z_]\\w*)`, "g");
  const stretches: Stretch[] = [];
  let end = 0;
  const plainUntil = (index: number) => {
    if (index > end) stretches.push({ text: text.slice(end, index) });
  };
  for (const match of text.matchAll(pattern)) {
    const [whole, isComment, isString, isNumber] = match;
    const isWord = isComment === undefined && isString === undefined && isNumber === undefined;
    if (isWord && !KEYWORDS.has(whole)) continue;
    plainUntil(match.index);
    const kind = isWord
      ? "keyword"
      : isComment !== undefined
        ? "comment"
        : isString !== undefined
          ? "string"
          : "number";
    stretches.push({ text: whole, kind });
    end = match.index + whole.length;
  }
  plainUntil(text.length);
  return stretches;
}
