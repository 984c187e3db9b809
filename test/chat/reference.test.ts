import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ChatMessage } from "#dist/chat/message.js";
import { mark, unmark } from "#dist/chat/prompt/marks.js";
import { PromptWriter } from "#dist/chat/prompt/writer.js";
import { builtInTemplate } from "#dist/chat/templates/built-in.js";
import { renderJinja } from "#dist/chat/templates/jinja-interpreter.js";
import { JinjaTemplate } from "#dist/chat/templates/jinja-template.js";
import { LlamaError } from "#dist/errors.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { needsReference, readReference, referencePath } from "../helpers/reference.js";

interface Llama2Cases {
  readonly conversations: readonly {
    readonly messages: readonly ChatMessage[];
    readonly official_jinja: { readonly text: string; readonly ids: readonly number[] };
  }[];
}

interface TemplateCases {
  readonly templates: readonly {
    readonly name: string;
    readonly template: string;
    readonly bos_token: string;
    readonly eos_token: string;
    readonly cases: readonly {
      readonly messages: readonly ChatMessage[];
      readonly add_generation_prompt: boolean;
      readonly jinja: string | null;
      readonly jinja_error?: string;
      readonly jinja_ids_llama_spm?: readonly number[];
    }[];
  }[];
}

const BOS = 1;
/** The middle of `[INST]`, written by the template. */
const INST = 25580;
const LLAMA = { bos: "<s>", eos: "</s>" };

/**
 * The reference has one conversation in which the user writes `<s>` and `[INST]`, and lets them become what they
 * spell. Here they stay text: everything else is the same.
 */
function assertHarmless(ids: readonly number[], fooled: readonly number[], messages: readonly ChatMessage[]): void {
  const exchanges = messages.filter(({ role }) => role === "user").length;
  assert.equal(ids.filter((id) => id === BOS).length, exchanges);
  assert.equal(fooled.filter((id) => id === BOS).length, exchanges + 1);
  const begin = ids.findIndex((id, index) => id !== fooled[index]);
  const [rest, fooledRest] = [ids.slice(begin).reverse(), fooled.slice(begin).reverse()];
  const same = rest.findIndex((id, index) => id !== fooledRest[index]);
  const written = rest.slice(same).reverse();
  assert.ok(written.length < 20 && !written.includes(INST), `${written}`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

describe("the reference's prompts", needsReference, async () => {
  if (needsReference.skip !== false) return;
  const tokenizer = await Tokenizer.load(referencePath("tokenizer", "ggml-vocab-llama-spm.gguf"));
  const { conversations } = readReference<Llama2Cases>("chat", "llama-2-chat.json");
  const { templates } = readReference<TemplateCases>("chat", "templates.json");
  const official = templates.find(({ name }) => name === "llama-2-chat");
  assert.ok(official !== undefined);

  for (const kind of ["the file's template", "the built-in template"] as const) {
    test(`Llama 2 Chat by ${kind}: exact text and tokens`, async () => {
      const template =
        kind === "the file's template"
          ? new JinjaTemplate("file", official.template, LLAMA)
          : builtInTemplate("llama2", LLAMA);
      const writer = await PromptWriter.create(template, tokenizer);
      for (const { messages, official_jinja: wanted } of conversations) {
        const marked = await writer.write(messages);
        assert.equal(unmark(marked), wanted.text);
        const ids = writer.encoder.encode(marked);
        if (messages.some(({ content }) => content.includes("[INST]"))) assertHarmless(ids, wanted.ids, messages);
        else assert.deepEqual(ids, wanted.ids);
      }
      writer.dispose();
    });
  }

  for (const { name, template: source, bos_token: bos, eos_token: eos, cases } of templates) {
    test(`${name}: exact text, and tokens where they are known`, async () => {
      const template = new JinjaTemplate("file", source, { bos, eos });
      const spelled = new JinjaTemplate("file", source, LLAMA);
      const writer = await PromptWriter.create(spelled, tokenizer);
      for (const one of cases) {
        if (!one.add_generation_prompt) {
          // A chat always asks for an answer; the interpreter below it writes the conversation without.
          const written = (messages: readonly ChatMessage[], tokens: { bos: string; eos: string }) =>
            renderJinja(
              source,
              { messages, bos_token: tokens.bos, eos_token: tokens.eos, add_generation_prompt: false },
              messages.reduce((sum, { content }) => sum + content.length, 0),
            );
          if (one.jinja !== null) assert.equal(written(one.messages, { bos, eos }), one.jinja);
          else assert.throws(() => written(one.messages, { bos, eos }), new RegExp(escaped(String(one.jinja_error))));
          const ids = one.jinja_ids_llama_spm;
          if (ids === undefined) continue;
          const marked = one.messages.map(({ role, content }) => ({ role, content: mark(content) }));
          assert.deepEqual(writer.encoder.encode(written(marked, LLAMA)), ids[0] === BOS ? ids : [BOS, ...ids]);
          continue;
        }
        if (one.jinja === null) {
          await assert.rejects(
            template.render(one.messages),
            (error) =>
              error instanceof LlamaError &&
              error.code === "template" &&
              error.message.includes(String(one.jinja_error)),
          );
          continue;
        }
        assert.equal(await template.render(one.messages), one.jinja);
        const ids = one.jinja_ids_llama_spm;
        if (ids === undefined) continue;
        // These ids were made without a BOS of the tokenizer's own; the prompt of a chat has one always, and once.
        const found = writer.encoder.encode(await writer.write(one.messages));
        assert.deepEqual(found, ids[0] === BOS ? ids : [BOS, ...ids]);
      }
      template.dispose();
      writer.dispose();
    });
  }

  test("Llama 2 Chat by the built-in template: the other conversations too", async () => {
    const writer = await PromptWriter.create(builtInTemplate("llama2", LLAMA), tokenizer);
    const whole = official.cases.filter((one) => one.add_generation_prompt);
    assert.ok(whole.length >= 4);
    for (const { messages, jinja, jinja_ids_llama_spm: ids } of whole) {
      const marked = await writer.write(messages);
      assert.equal(unmark(marked), jinja);
      assert.deepEqual(writer.encoder.encode(marked), ids);
    }
  });
});
