import { CodeError } from "./code-error.js";

export interface Token {
  readonly kind: "number" | "string" | "name" | "sign" | "end";
  /** As written; of a string, what it stands for. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/** Spaces and comments, a number, a name, a string without line breaks, a sign: in this order. */
const PATTERN =
  /((?:[ \t\r\n]|\/\/[^\n]*)+)|(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|"((?:[^"\\\n]|\\["\\n])*)"|(===|!==|<=|>=|&&|\|\||\+\+|\+=|-=|\*=|[-+*/%<>=!(){}[\],;.?:])/y;

/** @throws CodeError `syntax` for what is no word of the language */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    PATTERN.lastIndex = at;
    const found = PATTERN.exec(text);
    if (found === null) {
      throw new CodeError("syntax", line, `${JSON.stringify(text[at])} begins nothing that the language has.`);
    }
    const [whole, , number, name, string, sign] = found;
    if (number !== undefined) tokens.push({ kind: "number", text: number, line });
    else if (name !== undefined) tokens.push({ kind: "name", text: name, line });
    else if (string !== undefined) tokens.push({ kind: "string", text: JSON.parse(`"${string}"`) as string, line });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign, line });
    line += whole.split("\n").length - 1;
    at += whole.length;
  }
  tokens.push({ kind: "end", text: "the end", line });
  return tokens;
}
