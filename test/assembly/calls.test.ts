import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tensorTypes } from "#dist/gguf/format.js";
import { KERNEL_BUILDS } from "#dist/kernels/load.js";
import { root } from "../helpers/paths.js";

/** The text of every function in a module, by name. */
function functionsOf(wat: string): Map<string, string> {
  return new Map(Array.from(wat.matchAll(/^ \(func (\S+)[\s\S]*?^ \)$/gm), (match) => [match[1] ?? "", match[0]]));
}

/** The bodies of the loops that contain no other loop. Instructions are indented by their depth. */
function innermostLoops(text: string): string[] {
  const loops = Array.from(text.matchAll(/^( +)loop\b[\s\S]*?^\1end$/gm), (match) => match[0]);
  return loops.flatMap((loop) => {
    const inner = innermostLoops(loop.slice(loop.indexOf("\n")));
    return inner.length > 0 ? inner : [loop];
  });
}

/** A function with all that it calls, and what those call. */
function reachable(functions: Map<string, string>, name: string): string[] {
  const text = functions.get(name);
  assert.ok(text, `there is no function ${name}`);
  return [text, ...calleesOf(text).flatMap((callee) => reachable(functions, callee))];
}

function calleesOf(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(/^ +call (\S+)$/gm), (match) => match[1] ?? ""))];
}

for (const build of KERNEL_BUILDS) {
  const wat = readFileSync(join(root, "build", `${build}.wat`), "utf8");
  const functions = functionsOf(wat);

  const products = tensorTypes().flatMap(({ name }) => [
    `${name.toLowerCase()}_matvec`,
    `${name.toLowerCase()}_matmul`,
  ]);
  const adapters = ["f32", "f16", "bf16"].map((type) => `add_low_rank_${type}`);
  for (const kernel of [...products, ...adapters, "attention"]) {
    test(`${build}: the innermost loops of ${kernel} contain no call`, () => {
      const exported = new RegExp(`\\(export "${kernel}" \\(func (\\S+)\\)\\)`).exec(wat)?.[1];
      assert.ok(exported, `there is no ${kernel}`);
      const loops = reachable(functions, exported).flatMap(innermostLoops);
      assert.ok(loops.length > 0, `${kernel} has no loop`);
      for (const loop of loops) {
        // What calls a function that has a loop, or calls one that has, is no innermost loop.
        const small = calleesOf(loop).filter(
          (callee) => !reachable(functions, callee).some((text) => /^ +loop\b/m.test(text)),
        );
        assert.deepEqual(small, []);
      }
    });
  }
}
