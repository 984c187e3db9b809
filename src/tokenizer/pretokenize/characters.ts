/**
 * Character classes, as bits. A pre-tokenizer's pattern is then a scan over small numbers, linear in the text,
 * where a regular expression such as `\s+$` would go quadratic on a long run of spaces.
 */
export const Class = {
  space: 1,
  newline: 2,
  letter: 4,
  number: 8,
  punctuation: 16,
  mark: 32,
  /** Letters that may stand in the capital part of a word: Lu, Lt, Lm, Lo. */
  upper: 64,
  /** Letters that may stand in the small part of a word: Ll, Lm, Lo. */
  lower: 128,
  /** The cased letters that DeepSeek LLM's tokenizer lists. */
  deepseekLetter: 256,
  /** The punctuation and fullwidth signs that DeepSeek LLM's tokenizer lists. */
  deepseekSign: 512,
  /** The ranges of DeepSeek's tokenizers for Chinese and Korean, which hold most scripts of Asia too. */
  deepseekIdeograph: 1024,
  /** The second half of a character of two UTF-16 units; its other bits are those of the character. */
  tail: 2048,
} as const;

/** Set in the table once a character has been looked up. */
const KNOWN = 1 << 15;

/** By code point; filled as characters are met, since most never are. */
const table = new Uint16Array(0x110000);

/** One number a UTF-16 unit of `text`, the sum of its `Class` bits. */
export function classify(text: string): Uint16Array {
  const classes = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const character = text.codePointAt(at) as number;
    const found = table[character] as number;
    const bits = found === 0 ? lookUp(character) : found;
    classes[at] = bits;
    if (character > 0xffff) classes[++at] = bits | Class.tail;
  }
  return classes;
}

function lookUp(character: number): number {
  const text = String.fromCodePoint(character);
  let bits = KNOWN;
  if (/\p{White_Space}/u.test(text)) {
    // Only this: the patterns below know white space as such, whatever range it lies in.
    bits |= Class.space | (character === 10 || character === 13 ? Class.newline : 0);
  } else {
    for (const [bit, pattern] of PATTERNS) if (pattern.test(text)) bits |= bit;
  }
  table[character] = bits;
  return bits;
}

/**
 * DeepSeek's letters are written out in its tokenizer.json, so later additions to Unicode are not among them
 * (https://huggingface.co/deepseek-ai/deepseek-llm-7b-base/blob/main/tokenizer.json).
 */
const DEEPSEEK_LETTER =
  /[A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a\u{10400}-\u{1044f}\u{104b0}-\u{104d3}\u{104d8}-\u{104fb}\u{10c80}-\u{10cb2}\u{10cc0}-\u{10cf2}\u{118a0}-\u{118df}\u{1e900}-\u{1e943}]/u;

const PATTERNS: readonly (readonly [number, RegExp])[] = [
  [Class.letter, /\p{L}/u],
  [Class.number, /\p{N}/u],
  [Class.punctuation, /\p{P}/u],
  [Class.mark, /\p{M}/u],
  [Class.upper, /[\p{Lu}\p{Lt}\p{Lm}\p{Lo}]/u],
  [Class.lower, /[\p{Ll}\p{Lm}\p{Lo}]/u],
  [Class.deepseekLetter, DEEPSEEK_LETTER],
  [Class.deepseekSign, /[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]/u],
  [Class.deepseekIdeograph, /[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]/u],
];
