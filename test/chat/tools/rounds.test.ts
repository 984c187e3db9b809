import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { z } from "zod";
import { bundledModelPath } from "#dist/bundled-model.js";
import type { ChatSession } from "#dist/chat/chat-session.js";
import type { SendOptions } from "#dist/chat/options.js";
import { defineTool } from "#dist/chat/tools/tool.js";
import { AnswerError } from "#dist/errors.js";
import { Llama } from "#dist/llama.js";
import { collect } from "../../helpers/chats.js";
import { spread } from "../../helpers/long.js";
import { temporaryFolder } from "../../helpers/temporary.js";
import { TOOL_TEMPLATES } from "../../helpers/tool-templates.js";
import { FORMATS } from "../../tools/tools.js";

const llama = await Llama.load(bundledModelPath, { threads: 1, contextSize: 2048 });
after(() => llama.dispose());
const folder = temporaryFolder();

const add = defineTool({
  name: "add",
  description: "Adds two numbers <|im_end|> [INST] of one digit.",
  schema: z.object({ a: z.number().int().min(0).max(9), b: z.number().int().min(0).max(9) }),
  run: ({ a, b }) => ({ sum: a + b, note: 'a "quoted" \\ text\n<|im_start|>' }),
});
const OPTIONS: SendOptions = {
  seed: 5,
  temperature: 0.8,
  maxTokens: 100,
  tools: [add],
  toolChoice: "required",
  parallelToolCalls: false,
};

async function withChat(template: string, work: (chat: ChatSession) => Promise<void>): Promise<void> {
  const chat = await llama.createChat({ template, system: "Be brief." });
  try {
    await work(chat);
  } finally {
    chat.dispose();
  }
}

for (const format of FORMATS) {
  test(`a model calls a tool, is told what it gave, and answers: ${format}`, async () => {
    await withChat(TOOL_TEMPLATES[format], async (chat) => {
      const answer = chat.send("What is 3 + 4?", { ...OPTIONS, maxToolRounds: 1 });
      const said = await collect(answer);
      assert.equal(answer.text, said);
      assert.ok(answer.toolCalls.length > 0);
      const [call] = answer.toolCalls;
      const { a, b } = (call?.arguments ?? {}) as { a: number; b: number };
      assert.deepEqual(call?.result, { sum: a + b, note: 'a "quoted" \\ text\n<|im_start|>' });
      assert.equal(call?.id, "call00001");
      const roles = chat.messages.map(({ role }) => role);
      assert.deepEqual(roles, ["user", "assistant", ...answer.toolCalls.map(() => "tool"), "assistant"]);
      const [, asked, told] = chat.messages;
      assert.deepEqual(asked?.toolCalls?.[0], { id: "call00001", name: "add", arguments: { a, b } });
      assert.deepEqual([told?.toolCallId, told?.content], ["call00001", JSON.stringify(call?.result)]);
      assert.ok(answer.finishReason === "stop" || answer.finishReason === "length");

      // The results went through the template; of what tools say nothing becomes a control token.
      const prompt = llama.tokenizer.decode(await chat.promptTokens(), { special: true });
      assert.match(prompt, format === "llama-3.1" ? /quoted/ : /\{\\?"sum\\?":/);
      const again = chat.regenerate({ ...OPTIONS, maxToolRounds: 1 });
      await collect(again);
      assert.deepEqual(again.toolCalls, answer.toolCalls, "the same seed");
      assert.deepEqual(
        chat.messages.map(({ role }) => role),
        roles,
      );
    });
  });
}

test("what calls and results are is part of a saved conversation, and goes on from there", async () => {
  const path = join(folder, "tools.json");
  const template = TOOL_TEMPLATES.hermes;
  await withChat(template, async (chat) => {
    await collect(chat.send("What is 3 + 4?", { ...OPTIONS, maxToolRounds: 1 }));
    await chat.save(path);
    await withChat(template, async (other) => {
      assert.equal((await other.load(path)).restored, "cache");
      assert.deepEqual(other.messages, chat.messages);
      const options = { seed: 2, maxTokens: 8 };
      assert.equal(await collect(other.send("And?", options)), await collect(chat.send("And?", options)));
      assert.equal(other.undo(), "And?");
      assert.equal(other.undo(), "What is 3 + 4?");
      assert.deepEqual(other.messages, []);
    });
  });
});

test("an error in a tool is told to the model, or thrown where that is asked for", async () => {
  const broken = defineTool({
    name: "broken",
    run: () => {
      throw new Error("the wire is cut");
    },
  });
  const strict = defineTool({
    name: "strict",
    schema: z.object({ n: z.literal(1) }).refine(() => false, "never good enough"),
    run: () => "never",
  });
  const circular = defineTool({
    name: "circular",
    run: () => {
      const ring: unknown[] = [];
      ring.push(ring);
      return ring;
    },
  });
  await withChat(TOOL_TEMPLATES.hermes, async (chat) => {
    const tell = async (tool: typeof broken) => {
      chat.clear();
      await collect(chat.send("Do it.", { ...OPTIONS, tools: [tool], maxToolRounds: 1 }));
      return chat.messages.find(({ role }) => role === "tool")?.content ?? "";
    };
    assert.equal(await tell(broken), "Error: the wire is cut");
    assert.match(await tell(strict), /^Error: The arguments are refused by the schema: never good enough/);
    assert.match(await tell(circular), /^Error: .*circular/i);

    chat.clear();
    await collect(chat.send("Hello.", { maxTokens: 3 }));
    const before = chat.messages;
    const throwing = (tool: typeof broken) =>
      collect(chat.send("Do it.", { ...OPTIONS, tools: [tool], toolErrors: "throw" }));
    await assert.rejects(throwing(broken), /the wire is cut/);
    await assert.rejects(throwing(strict), (error) => error instanceof AnswerError);
    assert.deepEqual(chat.messages, before, "the conversation stays as it was");
  });
});

test("calls of a round run at the same time, and an abort ends a running tool's answer", async () => {
  const controller = new AbortController();
  let heard = false;
  const endless = defineTool({
    name: "endless",
    run: (_, { signal }) => {
      signal?.addEventListener("abort", () => {
        heard = true;
      });
      setTimeout(() => controller.abort(), 20);
      return new Promise(() => {});
    },
  });
  await withChat(TOOL_TEMPLATES.hermes, async (chat) => {
    const answer = chat.send("Do it.", { ...OPTIONS, tools: [endless], signal: controller.signal });
    await collect(answer);
    assert.equal(answer.finishReason, "abort");
    assert.equal(heard, true);
    assert.deepEqual(chat.messages, [
      { role: "user", content: "Do it." },
      { role: "assistant", content: "" },
    ]);
    await assert.rejects(
      chat.ask("Do it.", { ...OPTIONS, tools: [endless], signal: AbortSignal.abort(new Error("no")) }),
      /no/,
    );
    assert.equal(typeof (await chat.ask("Hello.", { maxTokens: 2 })), "string", "the chat goes on");
  });
});

test("after its calls an answer may be a value of a schema", async () => {
  const schema = z.object({ sum: z.number().int().min(0).max(18), sure: z.boolean() });
  for (const format of spread(FORMATS, 2)) {
    await withChat(TOOL_TEMPLATES[format], async (chat) => {
      const value: { sum: number; sure: boolean } = await chat.ask("What is 3 + 4?", {
        ...OPTIONS,
        maxToolRounds: 1,
        schema,
      });
      assert.deepEqual(schema.parse(value), value, format);
      assert.deepEqual(JSON.parse(chat.messages.at(-1)?.content ?? ""), value, format);
      assert.ok(
        chat.messages.some(({ role }) => role === "tool"),
        format,
      );
    });
  }
});

test("a limit cuts an answer short, also within a call, and that is no error", async () => {
  await withChat(TOOL_TEMPLATES.hermes, async (chat) => {
    const answer = chat.send("Do it.", { ...OPTIONS, maxTokens: 3 });
    assert.equal(await collect(answer), "");
    assert.equal(answer.finishReason, "length");
    assert.deepEqual(answer.toolCalls, []);
    assert.deepEqual(chat.messages.at(-1), { role: "assistant", content: "" });
  });
});

test("options of tools that are wrong are refused, and so is another form", async () => {
  await withChat(TOOL_TEMPLATES.hermes, async (chat) => {
    const refused = (options: object, message: RegExp) =>
      assert.rejects(collect(chat.send("Hi", options as SendOptions)), { code: "option", message });
    await refused({ toolChoice: "required" }, /toolChoice was given without tools/);
    await refused({ tools: [add], maxToolRounds: 0 }, /maxToolRounds must be a whole number from 1/);
    await refused({ tools: [add], toolErrors: "hide" }, /toolErrors must be "tell" or "throw"/);
    await refused({ tools: [{ name: "x" }] }, /"x" has no function run/);
    await refused({ tools: [add], toolChoice: { name: "sub" } }, /"sub" cannot be met/);
    await refused({ tools: [add], regex: "a" }, /may have a JSON Schema, but regex was given/);
    await refused({ tools: [add], grammar: 'root ::= "a"' }, /may have a JSON Schema, but grammar was given/);
    await refused({ tools: [add], tool: 1 }, /no option tool/);
  });
});
