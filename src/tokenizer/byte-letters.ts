/**
 * GPT-2's byte alphabet: each byte has a letter, so that byte sequences can be written as text in a vocabulary.
 * Visible Latin-1 characters stand for themselves; the others, in order, are the letters from U+0100 on.
 */
const LETTERS: readonly string[] = makeLetters();

const bytesByLetter = new Map(LETTERS.map((letter, byte) => [letter, byte]));

/** By byte 0..255. */
export function byteLetters(): readonly string[] {
  return LETTERS;
}

/** UTF-8 bytes as text in the byte alphabet. */
export function toByteLetters(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += LETTERS[byte];
  return text;
}

/** The bytes that a piece spells, or undefined where it has a letter that is not of the alphabet. */
export function fromByteLetters(piece: string): Uint8Array | undefined {
  const bytes = new Uint8Array(piece.length);
  for (let i = 0; i < piece.length; i++) {
    const byte = bytesByLetter.get(piece[i] as string);
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

function makeLetters(): string[] {
  const isVisible = (byte: number) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);
  let others = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isVisible(byte) ? byte : others++));
}
