import { CodeError } from "./code-error.js";
import { type Token, tokensOf } from "./lexer.js";
import type { Expression, FunctionDefinition, Program, Statement } from "./syntax.js";

/** Signs between two values, by how tightly they bind. */
const BINDING: Readonly<Record<string, number>> = {
  "||": 1,
  "&&": 2,
  "===": 3,
  "!==": 3,
  "<": 4,
  "<=": 4,
  ">": 4,
  ">=": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "%": 6,
};
const ASSIGNMENTS = new Set(["=", "+=", "-=", "*="]);
const WORDS = new Set(["function", "let", "const", "if", "else", "for", "of", "while", "return", "true", "false"]);

/** Blocks within blocks, and brackets within brackets, at most: a program cannot use up the stack. */
const DEEPEST = 64;

/**
 * Reads a program of the language that the code model learns: a subset of JavaScript, in which `===` is the only
 * equality and every block has braces.
 * @throws CodeError `syntax` for the first thing that does not belong
 */
export function parseProgram(text: string): Program {
  return new Parser(tokensOf(text)).program();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  program(): Program {
    const functions = new Map<string, FunctionDefinition>();
    const statements: Statement[] = [];
    while (this.#next.kind !== "end") {
      if (!this.#takes("function")) {
        statements.push(this.#statement());
        continue;
      }
      const definition = this.#function();
      if (functions.has(definition.name)) {
        throw new CodeError("syntax", definition.line, `There is a function ${definition.name} already.`);
      }
      functions.set(definition.name, definition);
    }
    return { functions, statements };
  }

  #function(): FunctionDefinition {
    const { line } = this.#next;
    const name = this.#name();
    this.#expect("(");
    const parameters = this.#list(")", () => this.#name());
    if (new Set(parameters).size < parameters.length) {
      throw new CodeError("syntax", line, `Two parameters of ${name} have one name.`);
    }
    return { name, parameters, body: this.#block(), line };
  }

  #block(): Statement[] {
    this.#expect("{");
    return this.#deeper(() => {
      const statements: Statement[] = [];
      while (!this.#takes("}")) statements.push(this.#statement());
      return statements;
    });
  }

  #statement(): Statement {
    const { line } = this.#next;
    if (this.#takes("if")) return this.#if(line);
    if (this.#takes("for")) return this.#for(line);
    if (this.#takes("while")) return { kind: "while", line, test: this.#inBrackets(), body: this.#block() };
    const statement: Statement = this.#takes("return")
      ? { kind: "return", line, value: this.#expression() }
      : this.#simple();
    this.#expect(";");
    return statement;
  }

  #if(line: number): Statement {
    const test = this.#inBrackets();
    const yes = this.#block();
    if (!this.#takes("else")) return { kind: "if", line, test, yes, no: [] };
    const next = this.#next.line;
    const no = this.#takes("if") ? this.#deeper(() => [this.#if(next)]) : this.#block();
    return { kind: "if", line, test, yes, no };
  }

  #for(line: number): Statement {
    this.#expect("(");
    if (this.#takes("const")) {
      const name = this.#name();
      this.#expect("of");
      const of = this.#expression();
      this.#expect(")");
      return { kind: "each", line, name, of, body: this.#block() };
    }
    const first = this.#simple();
    this.#expect(";");
    const test = this.#expression();
    this.#expect(";");
    const next = this.#simple();
    this.#expect(")");
    return { kind: "for", line, first, test, next, body: this.#block() };
  }

  /** A declaration, an assignment or an expression: what a semicolon ends. */
  #simple(): Statement {
    const { line } = this.#next;
    const isConstant = this.#next.text === "const";
    if (this.#takes("let") || this.#takes("const")) {
      const name = this.#name();
      this.#expect("=");
      return { kind: "let", line, name, value: this.#expression(), isConstant };
    }
    const target = this.#expression();
    const sign = this.#next.kind === "sign" ? this.#next.text : "";
    if (sign !== "++" && !ASSIGNMENTS.has(sign)) return { kind: "expression", line, value: target };
    if (target.kind !== "name" && target.kind !== "index") {
      throw new CodeError("syntax", line, `What stands before ${sign} cannot be written to.`);
    }
    this.#at++;
    if (sign === "++") {
      return { kind: "assign", line, target, sign: "+=", value: { kind: "literal", line, value: 1 } };
    }
    return { kind: "assign", line, target, sign, value: this.#expression() };
  }

  #inBrackets(): Expression {
    this.#expect("(");
    const inside = this.#expression();
    this.#expect(")");
    return inside;
  }

  #expression(): Expression {
    return this.#deeper(() => {
      const test = this.#binary(0);
      if (!this.#takes("?")) return test;
      const yes = this.#expression();
      this.#expect(":");
      return { kind: "choice", line: test.line, test, yes, no: this.#expression() };
    });
  }

  /** Precedence climbing (Richards 1979): all that binds tighter than `least`. */
  #binary(least: number): Expression {
    let left = this.#unary();
    for (;;) {
      const sign = this.#next.kind === "sign" ? this.#next.text : "";
      const binding = BINDING[sign] ?? 0;
      if (binding <= least) return left;
      this.#at++;
      left = { kind: "binary", line: left.line, sign, left, right: this.#binary(binding) };
    }
  }

  #unary(): Expression {
    const { line } = this.#next;
    for (const sign of ["-", "!"] as const) {
      if (this.#takes(sign)) return this.#deeper(() => ({ kind: "unary", line, sign, operand: this.#unary() }));
    }
    return this.#postfix(this.#primary());
  }

  #postfix(start: Expression): Expression {
    let object = start;
    for (;;) {
      const { line } = this.#next;
      if (this.#takes("[")) {
        object = { kind: "index", line, object, index: this.#expression() };
        this.#expect("]");
      } else if (this.#takes(".")) {
        const name = this.#name();
        object = this.#takes("(")
          ? { kind: "method", line, object, name, args: this.#list(")", () => this.#expression()) }
          : this.#property(object, name, line);
      } else return object;
    }
  }

  #property(object: Expression, name: string, line: number): Expression {
    if (name === "length") return { kind: "length", line, object };
    throw new CodeError("syntax", line, `.${name} is no property that the language has; .length is the only one.`);
  }

  #primary(): Expression {
    const { kind, text, line } = this.#next;
    if (kind === "sign" && text === "(") return this.#inBrackets();
    if (this.#takes("[")) return { kind: "array", line, items: this.#list("]", () => this.#expression()) };
    if (kind === "number" || kind === "string") {
      this.#at++;
      return { kind: "literal", line, value: kind === "number" ? Number(text) : text };
    }
    if (kind === "name" && (text === "true" || text === "false")) {
      this.#at++;
      return { kind: "literal", line, value: text === "true" };
    }
    const name = this.#name("a value");
    if (!this.#takes("(")) return { kind: "name", line, name };
    return { kind: "call", line, name, args: this.#list(")", () => this.#expression()) };
  }

  /** Items with commas between them, up to the closing sign. */
  #list<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    if (this.#takes(close)) return items;
    do items.push(item());
    while (this.#takes(","));
    this.#expect(close);
    return items;
  }

  #deeper<T>(read: () => T): T {
    if (++this.#depth > DEEPEST) {
      throw new CodeError("syntax", this.#next.line, `The program is nested deeper than ${DEEPEST} levels.`);
    }
    const result = read();
    this.#depth--;
    return result;
  }

  get #next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #takes(text: string): boolean {
    const { kind } = this.#next;
    if (this.#next.text !== text || (kind !== "sign" && kind !== "name")) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#takes(text)) throw this.#unexpected(JSON.stringify(text));
  }

  #name(wanted = "a name"): string {
    const { kind, text } = this.#next;
    if (kind !== "name" || WORDS.has(text)) throw this.#unexpected(wanted);
    this.#at++;
    return text;
  }

  #unexpected(wanted: string): CodeError {
    const { kind, text, line } = this.#next;
    const found = kind === "end" ? text : JSON.stringify(text);
    return new CodeError("syntax", line, `${wanted} should stand where ${found} stands.`);
  }
}
