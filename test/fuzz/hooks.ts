/** Module hooks: what is loaded from dist/ gets a counter at every place where the flow of control divides. */
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { root } from "../helpers/paths.js";

interface Loaded {
  readonly format: string;
  readonly source: string | Uint8Array;
}

let next = 0;

export async function load(
  url: string,
  context: object,
  nextLoad: (url: string, context: object) => Promise<Loaded>,
): Promise<Loaded> {
  const loaded = await nextLoad(url, context);
  if (!url.startsWith("file:") || loaded.format !== "module") return loaded;
  if (!fileURLToPath(url).startsWith(`${root}dist/`)) return loaded;
  const from = next;
  const source = withCounters(loaded.source.toString(), url);
  // Multiples of 4, so that no word of counters belongs to two files.
  next = Math.ceil(next / 4) * 4;
  return { ...loaded, source: `${source}\n;globalThis.__files.push(${JSON.stringify({ url, from, to: next })});` };
}

function withCounters(source: string, name: string): string {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS);
  const result = ts.transform(file, [
    (context) => (tree) => ts.visitNode(tree, (node) => visit(node, context)) as ts.SourceFile,
  ]);
  return ts.createPrinter().printFile(result.transformed[0] as ts.SourceFile);
}

function visit(node: ts.Node, context: ts.TransformationContext): ts.Node {
  const inner = ts.visitEachChild(node, (child) => visit(child, context), context);
  const { factory } = ts;
  if (ts.isBlock(inner)) return factory.updateBlock(inner, [counted(), ...inner.statements]);
  if (ts.isCaseOrDefaultClause(inner)) {
    const statements = [counted(), ...inner.statements];
    return ts.isCaseClause(inner)
      ? factory.updateCaseClause(inner, inner.expression, statements)
      : factory.updateDefaultClause(inner, statements);
  }
  if (ts.isIfStatement(inner)) {
    const { expression, thenStatement, elseStatement } = inner;
    return factory.updateIfStatement(
      inner,
      expression,
      asBlock(thenStatement),
      elseStatement && asBlock(elseStatement),
    );
  }
  if (ts.isConditionalExpression(inner)) {
    const { condition, questionToken, whenTrue, colonToken, whenFalse } = inner;
    return factory.updateConditionalExpression(
      inner,
      condition,
      questionToken,
      countedExpression(whenTrue),
      colonToken,
      countedExpression(whenFalse),
    );
  }
  if (ts.isArrowFunction(inner) && !ts.isBlock(inner.body)) {
    const { modifiers, typeParameters, parameters, type, equalsGreaterThanToken, body } = inner;
    const counting = countedExpression(body);
    return factory.updateArrowFunction(
      inner,
      modifiers,
      typeParameters,
      parameters,
      type,
      equalsGreaterThanToken,
      counting,
    );
  }
  if (ts.isBinaryExpression(inner) && SHORT_CUTS.has(inner.operatorToken.kind)) {
    return factory.updateBinaryExpression(inner, inner.left, inner.operatorToken, countedExpression(inner.right));
  }
  return inner;
}

const SHORT_CUTS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

function count(): ts.Expression {
  const { factory } = ts;
  const counter = factory.createElementAccessExpression(factory.createIdentifier("globalThis.__reached"), next++);
  return factory.createAssignment(counter, factory.createNumericLiteral(1));
}

function counted(): ts.Statement {
  return ts.factory.createExpressionStatement(count());
}

function countedExpression(expression: ts.Expression): ts.Expression {
  return ts.factory.createParenthesizedExpression(ts.factory.createComma(count(), expression));
}

function asBlock(statement: ts.Statement): ts.Statement {
  return ts.isBlock(statement) ? statement : ts.factory.createBlock([counted(), statement]);
}
