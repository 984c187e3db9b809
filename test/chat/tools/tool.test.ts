import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import type { ChatSession } from "#dist/chat/chat-session.js";
import { defineTool } from "#dist/chat/tools/tool.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only where both types are the same. */
function same<A, B>(_: Same<A, B>): void {
  // The compiler is what tests here.
}

/** Never called: the compiler checks it. */
export function typed(chat: ChatSession): void {
  const zod = defineTool({
    name: "a",
    schema: z.object({ city: z.string(), days: z.number().optional() }),
    run: (values, { callId, signal }) => {
      same<typeof values, { city: string; days?: number | undefined }>(true);
      same<typeof callId, string>(true);
      same<typeof signal, AbortSignal | undefined>(true);
      // @ts-expect-error the schema has no such member
      return values.town;
    },
  });
  const literal = defineTool({
    name: "b",
    schema: {
      type: "object",
      properties: { unit: { enum: ["C", "F"] }, n: { type: "integer" } },
      required: ["unit"],
    },
    run: async ({ unit, n }) => {
      same<typeof unit, "C" | "F">(true);
      same<typeof n, number | undefined>(true);
      return unit;
    },
  });
  const without = defineTool({ name: "c", run: () => 1 });
  chat.send("Hi", { tools: [zod, literal, without], toolChoice: { name: "a" }, toolErrors: "throw" });

  // @ts-expect-error a tool has a function
  defineTool({ name: "d" });
  // @ts-expect-error a tool has a name
  defineTool({ run: () => 1 });
  // @ts-expect-error the argument is an object with a number
  defineTool({ name: "e", schema: z.object({ n: z.number() }), run: (values: { n: string }) => values });
  // @ts-expect-error errors are told or thrown
  chat.send("Hi", { tools: [without], toolErrors: "hide" });
  // @ts-expect-error there is no such choice
  chat.send("Hi", { tools: [without], toolChoice: "any" });
}

test("a tool without a name or a function is refused", () => {
  assert.throws(() => defineTool({ name: "a b", run: () => 1 }), { code: "option", message: /named "a b"/ });
  assert.throws(() => defineTool({ name: "a" } as never), { code: "option", message: /"a" has no function run/ });
  assert.throws(() => defineTool({ name: "a", schema: z.string(), run: () => 1 }), { code: "grammar" });
});
