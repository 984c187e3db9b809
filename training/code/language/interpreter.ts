import { CodeError } from "./code-error.js";
import { callMath, callMethod } from "./methods.js";
import type { Expression, FunctionDefinition, Program, Statement } from "./syntax.js";
import { bounded, combine, nameOf, type Value, written } from "./values.js";

/** Blocks and operations within one another at most, calls among them: below what the stack of a thread holds. */
const DEEPEST = 800;

/** What a statement leaves: a value, where it was `return`. */
type Outcome = { readonly returned: Value } | undefined;

/** Names and their values, over those of the block around. */
class Scope {
  readonly #around: Scope | undefined;
  readonly #values = new Map<string, { value: Value; readonly isConstant: boolean }>();

  constructor(around?: Scope) {
    this.#around = around;
  }

  declare(name: string, value: Value, isConstant: boolean, line: number): void {
    if (this.#values.has(name)) throw new CodeError("name", line, `There is a ${name} already in this block.`);
    this.#values.set(name, { value, isConstant });
  }

  get(name: string, line: number): Value {
    return this.#find(name, line).value;
  }

  set(name: string, value: Value, line: number): void {
    const found = this.#find(name, line);
    if (found.isConstant) throw new CodeError("type", line, `${name} is constant.`);
    found.value = value;
  }

  #find(name: string, line: number): { value: Value; readonly isConstant: boolean } {
    const found = this.#values.get(name);
    if (found !== undefined) return found;
    if (this.#around === undefined) throw new CodeError("name", line, `There is no ${name}.`);
    return this.#around.#find(name, line);
  }
}

/**
 * Runs programs of the language. Nothing of the host can be reached from one: values are numbers, texts, truth values
 * and arrays, and methods come from tables. Every statement and every operation is a step. One that threw is spent.
 */
export class Interpreter {
  readonly #program: Program;
  #stepsLeft: number;
  #depth = 0;

  /** @param steps how many there may be, in all that is run */
  constructor(program: Program, steps = 20_000) {
    this.#program = program;
    this.#stepsLeft = steps;
  }

  /**
   * The statements outside of functions, in their order.
   * @throws CodeError `assertion` for the first claim that is not so; `name`, `type` and `limit`
   */
  run(): void {
    this.#block(this.#program.statements, new Scope());
  }

  /** What a function gives for these arguments. @throws CodeError as `run` */
  call(name: string, args: readonly Value[], line = 0): Value {
    const definition = this.#program.functions.get(name);
    if (definition === undefined) throw new CodeError("name", line, `There is no function ${name}.`);
    const { parameters, body } = definition;
    if (args.length !== parameters.length) {
      throw new CodeError(
        "type",
        line,
        `${name}() takes ${parameters.length} arguments, and was given ${args.length}.`,
      );
    }
    const outcome = this.#block(body, this.#scopeOf(definition, args, line));
    if (outcome === undefined) throw new CodeError("type", line, `${name}() ended without a value.`);
    return outcome.returned;
  }

  #scopeOf({ parameters }: FunctionDefinition, args: readonly Value[], line: number): Scope {
    const scope = new Scope();
    for (const [i, parameter] of parameters.entries()) scope.declare(parameter, args[i] as Value, false, line);
    return scope;
  }

  #step(line: number): void {
    if (--this.#stepsLeft < 0) throw new CodeError("limit", line, "The program takes too many steps.");
  }

  #block(statements: readonly Statement[], scope: Scope): Outcome {
    let outcome: Outcome;
    this.#enter(statements[0]?.line ?? 0);
    for (const statement of statements) {
      outcome = this.#statement(statement, scope);
      if (outcome !== undefined) break;
    }
    this.#depth--;
    return outcome;
  }

  #enter(line: number): void {
    if (++this.#depth > DEEPEST) throw new CodeError("limit", line, "Too many calls are open.");
  }

  #statement(statement: Statement, scope: Scope): Outcome {
    const { line } = statement;
    this.#step(line);
    switch (statement.kind) {
      case "let":
        scope.declare(statement.name, this.#value(statement.value, scope), statement.isConstant, line);
        return undefined;
      case "assign":
        this.#assign(statement, scope);
        return undefined;
      case "if":
        return this.#block(this.#truth(statement.test, scope) ? statement.yes : statement.no, new Scope(scope));
      case "while":
        return this.#loop(() => this.#truth(statement.test, scope), statement.body, scope);
      case "for": {
        const around = new Scope(scope);
        this.#statement(statement.first, around);
        for (; this.#truth(statement.test, around); this.#statement(statement.next, around)) {
          const outcome = this.#block(statement.body, new Scope(around));
          if (outcome !== undefined) return outcome;
        }
        return undefined;
      }
      case "each":
        return this.#each(statement, scope);
      case "return":
        return { returned: this.#value(statement.value, scope) };
      case "expression":
        this.#value(statement.value, scope);
        return undefined;
    }
  }

  #loop(goesOn: () => boolean, body: readonly Statement[], scope: Scope): Outcome {
    while (goesOn()) {
      const outcome = this.#block(body, new Scope(scope));
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  }

  #each({ name, of, body, line }: Extract<Statement, { kind: "each" }>, scope: Scope): Outcome {
    const list = this.#value(of, scope);
    if (typeof list !== "string" && !Array.isArray(list)) {
      throw new CodeError("type", line, `for … of goes over an array or a string, not over ${nameOf(list)}.`);
    }
    for (const item of list) {
      this.#step(line);
      const inner = new Scope(scope);
      inner.declare(name, item, true, line);
      const outcome = this.#block(body, inner);
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  }

  #assign({ target, sign, value, line }: Extract<Statement, { kind: "assign" }>, scope: Scope): void {
    const write = (old: () => Value) => {
      const given = this.#value(value, scope);
      return sign === "=" ? given : combine(sign.charAt(0), old(), given, line);
    };
    if (target.kind === "name") {
      scope.set(
        target.name,
        write(() => scope.get(target.name, line)),
        line,
      );
    } else if (target.kind === "index") {
      const list = this.#value(target.object, scope);
      if (!Array.isArray(list)) throw new CodeError("type", line, `Items of ${nameOf(list)} cannot be written to.`);
      const index = this.#index(target.index, list, scope);
      const item = write(() => list[index] as Value);
      if (Array.isArray(item)) throw new CodeError("type", line, "Arrays of arrays are only written as such.");
      list[index] = item;
    }
  }

  #truth(expression: Expression, scope: Scope): boolean {
    const value = this.#value(expression, scope);
    if (typeof value === "boolean") return value;
    throw new CodeError("type", expression.line, `true or false should stand where ${nameOf(value)} stands.`);
  }

  #index(expression: Expression, list: string | readonly Value[], scope: Scope): number {
    const index = this.#value(expression, scope);
    if (typeof index === "number" && Number.isInteger(index) && index >= 0 && index < list.length) return index;
    const what = typeof list === "string" ? "characters" : "items";
    throw new CodeError("type", expression.line, `There is no place ${written(index)} among ${list.length} ${what}.`);
  }

  #value(expression: Expression, scope: Scope): Value {
    this.#step(expression.line);
    this.#enter(expression.line);
    const value = this.#compute(expression, scope);
    this.#depth--;
    return value;
  }

  #compute(expression: Expression, scope: Scope): Value {
    const { line } = expression;
    switch (expression.kind) {
      case "literal":
        return expression.value;
      case "name":
        return scope.get(expression.name, line);
      case "array":
        return bounded(this.#values(expression.items, scope), line);
      case "unary":
        return expression.sign === "!" ? !this.#truth(expression.operand, scope) : this.#negative(expression, scope);
      case "binary":
        return this.#binary(expression, scope);
      case "choice":
        return this.#value(this.#truth(expression.test, scope) ? expression.yes : expression.no, scope);
      case "call":
        return this.#call(expression, scope);
      case "method":
        return this.#method(expression, scope);
      case "length":
      case "index": {
        const object = this.#value(expression.object, scope);
        if (typeof object !== "string" && !Array.isArray(object)) {
          throw new CodeError("type", line, `An array or a string should stand where ${nameOf(object)} stands.`);
        }
        if (expression.kind === "length") return object.length;
        return object[this.#index(expression.index, object, scope)] as Value;
      }
    }
  }

  #values(list: readonly Expression[], scope: Scope): Value[] {
    return list.map((item) => this.#value(item, scope));
  }

  #negative({ operand, line }: { readonly operand: Expression; readonly line: number }, scope: Scope): number {
    const value = this.#value(operand, scope);
    if (typeof value === "number") return -value;
    throw new CodeError("type", line, `- is not for ${nameOf(value)}.`);
  }

  #binary({ sign, left, right, line }: Extract<Expression, { kind: "binary" }>, scope: Scope): Value {
    if (sign === "&&") return this.#truth(left, scope) && this.#truth(right, scope);
    if (sign === "||") return this.#truth(left, scope) || this.#truth(right, scope);
    return combine(sign, this.#value(left, scope), this.#value(right, scope), line);
  }

  #call({ name, args, line }: Extract<Expression, { kind: "call" }>, scope: Scope): Value {
    if (name !== "assert") return this.call(name, this.#values(args, scope), line);
    const [claim, ...others] = args;
    if (claim === undefined || others.length > 0) throw new CodeError("type", line, "assert() takes one claim.");
    if (this.#truth(claim, scope)) return true;
    throw new CodeError("assertion", line, "What is asserted is not so.");
  }

  #method({ object, name, args, line }: Extract<Expression, { kind: "method" }>, scope: Scope): Value {
    if (object.kind === "name" && object.name === "Math") return callMath(name, this.#values(args, scope), line);
    return callMethod(this.#value(object, scope), name, this.#values(args, scope), line);
  }
}
