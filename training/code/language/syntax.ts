/** The trees that programs are read into. Every node has the line it began in, from 1. */
export type Expression = { readonly line: number } & (
  | { readonly kind: "literal"; readonly value: number | string | boolean }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "array"; readonly items: readonly Expression[] }
  | { readonly kind: "unary"; readonly sign: "-" | "!"; readonly operand: Expression }
  | { readonly kind: "binary"; readonly sign: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "choice"; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: "method";
      readonly object: Expression;
      readonly name: string;
      readonly args: readonly Expression[];
    }
  | { readonly kind: "length"; readonly object: Expression }
  | { readonly kind: "index"; readonly object: Expression; readonly index: Expression }
);

export type Statement = { readonly line: number } & (
  | { readonly kind: "let"; readonly name: string; readonly value: Expression; readonly isConstant: boolean }
  | { readonly kind: "assign"; readonly target: Expression; readonly sign: string; readonly value: Expression }
  | {
      readonly kind: "if";
      readonly test: Expression;
      readonly yes: readonly Statement[];
      readonly no: readonly Statement[];
    }
  | {
      readonly kind: "for";
      readonly first: Statement;
      readonly test: Expression;
      readonly next: Statement;
      readonly body: readonly Statement[];
    }
  | { readonly kind: "each"; readonly name: string; readonly of: Expression; readonly body: readonly Statement[] }
  | { readonly kind: "while"; readonly test: Expression; readonly body: readonly Statement[] }
  | { readonly kind: "return"; readonly value: Expression }
  | { readonly kind: "expression"; readonly value: Expression }
);

export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly body: readonly Statement[];
  readonly line: number;
}

/** Functions, which may be called before they are written, and statements, which are run in their order. */
export interface Program {
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
  readonly statements: readonly Statement[];
}
