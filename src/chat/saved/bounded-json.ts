/**
 * Reads JSON of unknown origin: a small file can hold millions of empty lists, each of which takes many times its
 * two bytes in memory.
 * @param maxValues in all lists and objects together
 * @throws SyntaxError where it is not JSON, RangeError where it holds more
 */
export function parseBoundedJson(text: string, maxValues: number): unknown {
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(text, at);
    else if (unit === COMMA || unit === BRACKET || unit === BRACE) values++;
    if (values > maxValues) throw new RangeError(`it holds more than ${maxValues} values`);
  }
  return JSON.parse(text);
}

const [QUOTE, COMMA, BRACKET, BRACE, BACKSLASH] = [0x22, 0x2c, 0x5b, 0x7b, 0x5c];

/** Where the string ends that begins at `start`, or the text's end. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) return at;
    if (unit === BACKSLASH) at++;
  }
  return text.length;
}
