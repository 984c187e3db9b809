import assert from "node:assert/strict";
import { describe, it } from "node:test";
import vm from "node:vm";
import { Random } from "#dist/random.js";
import { writeProgram } from "../../../training/code/corpus/program.js";
import { CodeError, type Fault } from "../../../training/code/language/code-error.js";
import { Interpreter } from "../../../training/code/language/interpreter.js";
import { parseProgram } from "../../../training/code/language/parser.js";
import type { Value } from "../../../training/code/language/values.js";

function resultOf(body: string, parameters = "", args: readonly Value[] = []): Value {
  return new Interpreter(parseProgram(`function f(${parameters}) {\n${body}\n}\n`)).call("f", args);
}

/** In a process of its own would be safer; these programs were written by this repository and parsed before. */
function byNode(program: string): void {
  vm.runInNewContext(program, { assert }, { timeout: 2000 });
}

describe("the little language", () => {
  it("computes what Node computes", () => {
    const expressions = [
      "1 + 2 * 3 - 4 % 3",
      "(1 + 2) * -3",
      "7 / 2 + -7 % 3",
      "2 - 3 - 4",
      "1 < 2 && !(3 >= 4) || 5 !== 5",
      '"a" + 1 + 2',
      '1 + 2 + "a"',
      '"b" > "ab"',
      "[1, 2, 3].length + [4, 5][1]",
      '[3, 1].join("-") + "xyz"[1] + "abc".slice(1) + "abcd".slice(-3, 3)',
      "[1, 2, 3].includes(2) === true ? [1, 2].indexOf(2) : 9",
      "Math.floor(-1.5) + Math.max(1, 2) + Math.min(1, 2) + Math.abs(-4)",
      '"aeiou".includes("e") && "moon".indexOf("o") === 1 ? "yes".toUpperCase() : "no"',
      '"a\\n\\"b\\\\"',
    ];
    for (const expression of expressions) {
      assert.deepEqual(resultOf(`return ${expression};`), vm.runInNewContext(expression), expression);
    }
  });

  it("has scopes, loops, assignments, recursion and arrays that are shared", () => {
    assert.equal(resultOf("let x = 1;\nif (true) {\n  let x = 2;\n  x += 5;\n}\nreturn x;"), 1);
    assert.equal(resultOf("let t = 0;\nfor (let i = 0; i < 4; i++) {\n  t += i;\n}\nreturn t;"), 6);
    assert.equal(resultOf("let t = 1;\nwhile (t < 100) {\n  t *= 3;\n}\nreturn t;"), 243);
    assert.equal(resultOf('let t = "";\nfor (const c of s) {\n  t = c + t;\n}\nreturn t;', "s", ["abc"]), "cba");
    assert.deepEqual(resultOf("const b = a;\nb.push(3);\nb[0] = 9;\nreturn a;", "a", [[1, 2]]), [9, 2, 3]);
    assert.equal(
      resultOf("if (n < 2) {\n  return 1;\n} else if (n === 2) {\n  return 2;\n}\nreturn n * f(n - 1);", "n", [6]),
      720,
    );
  });

  it("agrees with Node on generated programs, and neither finds a claim that is not so", () => {
    const random = new Random(11);
    for (let i = 0; i < 300; i++) {
      const program = writeProgram(random, i % 2 === 0 ? "training" : "unseen pairs");
      new Interpreter(parseProgram(program)).run();
      byNode(program);
      const wrong = program.replace(/^(assert\(.* === -?)(?=\d)/m, "$15");
      if (wrong === program) continue;
      assert.throws(() => byNode(wrong), program);
      assert.throws(() => new Interpreter(parseProgram(wrong)).run(), faulty("assertion", /not so/));
    }
  });

  it("stops what takes too long, goes too deep or grows too large", () => {
    assert.throws(() => resultOf("while (true) {\n  let x = 1;\n}\nreturn 1;"), faulty("limit", /too many steps/));
    assert.throws(() => resultOf("while (true) {\n}\nreturn 1;"), faulty("limit", /too many steps/));
    assert.throws(() => resultOf("return f();"), faulty("limit", /Too many calls/));
    assert.throws(() => resultOf(`return ${"1 + ".repeat(3000)}1;`), faulty("limit", /Too many calls/));
    const doubling = 'let s = "ab";\nwhile (s.length > 0) {\n  s += s;\n}\nreturn s;';
    assert.throws(() => resultOf(doubling), faulty("limit", /has grown to 16384 items/));
    const pushing = new Interpreter(parseProgram("let a = [];\nwhile (true) {\n  a.push(1);\n}\n"), 1e6);
    assert.throws(() => pushing.run(), faulty("limit", /grown to 10001 items/));
    assert.throws(() => parseProgram(`let x = ${"(".repeat(5000)}`), faulty("syntax", /deeper than 64/));
    assert.throws(() => parseProgram(`${"if (true) {".repeat(5000)}`), faulty("syntax", /deeper than 64/));
    assert.throws(() => parseProgram(`let x = ${"-".repeat(5000)}1;`), faulty("syntax", /deeper than 64/));
  });

  const faults: readonly [program: string, fault: Fault, sentence: RegExp][] = [
    ["let x = 1", "syntax", /^Line 1: ";" should stand where the end stands\.$/],
    ["\nlet let = 1;", "syntax", /^Line 2: a name should stand where "let" stands/],
    ["x = = 1;", "syntax", /a value should stand where "=" stands/],
    ["1 = 2;", "syntax", /What stands before = cannot be written to/],
    ["let x = 'a';", "syntax", /"'" begins nothing/],
    ['let x = "a\nb";', "syntax", /begins nothing/],
    ["if (1 == 1) {\n}", "syntax", /stands/],
    ["function f(a, a) {\n}", "syntax", /Two parameters of f/],
    ["function f() {\n}\nfunction f() {\n}", "syntax", /There is a function f already/],
    ["let x = [1].constructor;", "syntax", /\.constructor is no property/],
    ["let x = y;", "name", /There is no y/],
    ["let x = constructor;", "name", /There is no constructor/],
    ["f();", "name", /There is no function f/],
    ["toString();", "name", /There is no function toString/],
    ["[1].constructor();", "name", /An array has no \.constructor\(\); there are push/],
    ['"a".__proto__();', "name", /A string has no \.__proto__/],
    ["Math.constructor();", "name", /Math has no \.constructor/],
    ["let x = 1;\nlet x = 2;", "name", /^Line 2: There is a x already/],
    ["const x = 1;\nx = 2;", "type", /x is constant/],
    ["for (const x of [1]) {\n  x = 2;\n}", "type", /x is constant/],
    ["for (const x of 5) {\n}", "type", /goes over an array or a string, not over a number/],
    ["if (1) {\n}", "type", /true or false should stand where a number stands/],
    ["let x = 1 + true;", "type", /\+ is not for a number and a boolean/],
    ['let x = 1 === "1";', "type", /=== is not for a number and a string/],
    ["let x = [1] === [1];", "type", /=== is not for an array and an array/],
    ["let x = [1, 2][2];", "type", /There is no place 2 among 2 items/],
    ['let x = "ab"[0.5];', "type", /There is no place 0\.5 among 2 characters/],
    ["let x = [1];\nx[1] = 2;", "type", /There is no place 1 among 1 items/],
    ["let x = 5;\nx[0] = 2;", "type", /Items of a number cannot be written to/],
    ["let x = [];\nx.push(x);", "type", /\.push\(\) takes scalar, not an array/],
    ['[[1]].join(" ");', "type", /not for arrays of arrays/],
    ["let x = 5;\nx.slice(1);", "type", /\.slice\(\) is not for a number/],
    ["let x = -true;", "type", /- is not for a boolean/],
    ["function f(a) {\n  return a;\n}\nf();", "type", /f\(\) takes 1 arguments, and was given 0/],
    ["function f() {\n}\nf();", "type", /f\(\) ended without a value/],
    ["assert(1 < 2, 3);", "type", /assert\(\) takes one claim/],
    ["let x = 1;\n\nassert(x === 2);", "assertion", /^Line 3: What is asserted is not so\.$/],
  ];
  for (const [program, fault, sentence] of faults) {
    it(`refuses ${JSON.stringify(program)}`, () => {
      assert.throws(() => new Interpreter(parseProgram(program)).run(), faulty(fault, sentence));
    });
  }
});

function faulty(fault: Fault, sentence: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof CodeError, String(error));
    assert.match(error.message, sentence);
    assert.equal(error.fault, fault);
    return true;
  };
}
