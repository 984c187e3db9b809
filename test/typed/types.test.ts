import { test } from "node:test";
import { z } from "zod";
import type { ChatSession } from "#dist/chat/chat-session.js";
import type { Llama } from "#dist/llama.js";
import type { JsonSchemaValue } from "#dist/typed/json-schema-value.js";
import type { DeepPartial } from "#dist/typed/schema.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only where both types are the same. */
function same<A, B>(_: Same<A, B>): void {
  // The compiler is what tests here.
}

/** Never called: the compiler checks it. */
export async function typed(llama: Llama, chat: ChatSession): Promise<void> {
  const person = z.object({ name: z.string(), age: z.number().optional(), tags: z.array(z.enum(["a", "b"])) });
  const asked = await chat.ask("Who?", { schema: person });
  same<typeof asked, { name: string; age?: number | undefined; tags: ("a" | "b")[] }>(true);
  const made = await llama.complete("n", { schema: z.string().transform((text) => text.length) });
  same<typeof made, number>(true);

  const literal = await llama.complete("n", {
    schema: {
      type: "object",
      properties: {
        kind: { const: "x" },
        size: { type: ["integer", "null"] },
        list: { type: "array", items: { anyOf: [{ type: "string" }, { type: "boolean" }] } },
        pair: { type: "array", prefixItems: [{ type: "string" }, { type: "number" }] },
        rest: { $ref: "#/$defs/rest" },
      },
      required: ["kind", "list"],
    },
  });
  same<typeof literal.kind, "x">(true);
  same<typeof literal.size, number | null | undefined>(true);
  same<typeof literal.list, (string | boolean)[]>(true);
  same<typeof literal.pair, [string?, number?, ...unknown[]] | undefined>(true);
  same<typeof literal.rest, unknown>(true);

  const text = await llama.complete("n", { maxTokens: 1 });
  same<typeof text, string>(true);
  for await (const part of chat.stream("Who?", { schema: person })) {
    same<typeof part, DeepPartial<typeof asked>>(true);
  }

  // @ts-expect-error a value of the schema has no such member
  asked.surname;
  // @ts-expect-error a number is no text
  const wrong: string = made;
  // @ts-expect-error there is no such option
  await llama.complete("n", { schema: person, maxToken: 5 });
  // @ts-expect-error a stream is of values, so it needs a schema
  chat.stream("Who?", { maxTokens: 5 });
  void wrong;
}

test("the value of an answer has the type of its schema", () => {
  same<JsonSchemaValue<{ readonly enum: readonly [1, "a"] }>, 1 | "a">(true);
  same<JsonSchemaValue<{ type: string }>, unknown>(true);
  same<JsonSchemaValue<{ readonly type: "object" }>, Record<string, unknown>>(true);
  same<JsonSchemaValue<true>, unknown>(true);
});
