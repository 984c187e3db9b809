import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ChatMessage } from "#dist/chat/message.js";
import { unmark } from "#dist/chat/prompt/marks.js";
import { probeTemplate, saysAll } from "#dist/chat/prompt/probe.js";
import { PromptWriter } from "#dist/chat/prompt/writer.js";
import { JinjaTemplate } from "#dist/chat/templates/jinja-template.js";
import { LlamaError } from "#dist/errors.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { SPM_START, spmMetadata, u32 } from "../../tokenizer/vocabularies.js";

const ENDS = { "tokenizer.ggml.bos_token_id": u32(1), "tokenizer.ggml.eos_token_id": u32(2) };
const tokenizer = Tokenizer.fromMetadata(spmMetadata([...SPM_START, { piece: "▁", score: -1 }], ENDS));
const MESSAGES: readonly ChatMessage[] = [
  { role: "system", content: "be kind" },
  { role: "user", content: "one" },
  { role: "assistant", content: "<think>hm</think>two" },
  { role: "user", content: "three" },
];

async function withTemplate<T>(source: string, work: (template: JinjaTemplate) => Promise<T>): Promise<T> {
  const template = new JinjaTemplate("file", source, { bos: "<s>", eos: "</s>" });
  try {
    return await work(template);
  } finally {
    template.dispose();
  }
}

const probe = (source: string) => withTemplate(source, probeTemplate);
const write = (source: string, messages = MESSAGES) =>
  withTemplate(source, async (template) => {
    const writer = await PromptWriter.create(template, tokenizer);
    return unmark(await writer.write(messages));
  });

const refusal = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof LlamaError, String(error));
  assert.equal(error.code, "template");
  assert.match(error.message, pattern);
  return true;
};
const LOSES = /^The chat template loses what was said; choose another template\.$/;

const each = (content: string) => `{% for m in messages %}<|${"{{ m['role'] }}"}|>${content}{% endfor %}`;
/** As SmolVLM and Idefics have it. */
const PARTS = each(
  "{% for part in m['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}",
);
/** As templates for vision models have it. */
const EITHER = each(
  "{% if m['content'] is string %}{{ m['content'] }}{% else %}{{ m['content'][0]['text'] }}!{% endif %}",
);

describe("a template that loses what was said is never used", () => {
  const losing: Readonly<Record<string, string>> = {
    "one written for messages of another shape": each("[INST] {{ m['text'] }} [/INST]"),
    "one that looks at the first message alone": "{{ messages[0]['content'] }}",
    "one that looks at the last message alone": "{{ messages[-1]['content'] }}",
    "one that loses answers":
      "{% for m in messages %}{% if m['role'] != 'assistant' %}{{ m['content'] }}{% endif %}{% endfor %}",
    "one that escapes what it is given": each("{{ m['content'] | tojson }}"),
    "one that writes the same always": "{{ bos_token }}[INST] Hello! [/INST]",
  };
  for (const [name, source] of Object.entries(losing)) {
    test(name, () => assert.rejects(probe(source), refusal(LOSES)));
  }

  test("one that loses the second question of two", async () => {
    const source = `{% if messages | length > 5 %}${each("x")}{% else %}${each("{{ m['content'] }}")}{% endif %}`;
    assert.match(await write(source), /one[\s\S]*three/);
    const longer: ChatMessage[] = [...MESSAGES, { role: "assistant", content: "4" }, { role: "user", content: "five" }];
    await assert.rejects(write(source, longer), refusal(LOSES));
  });

  test("one that loses a part of what was said by looking at it writes without looking", async () => {
    const source = each("{{ m['content'].split('STOP')[0] }}");
    const said = "go on STOP and on";
    assert.equal(await write(source, [{ role: "user", content: said }]), `<|user|>${said}`);
  });

  test("but answers may lose what the model thought aloud", async () => {
    const source = each(
      "{% if m['role'] == 'assistant' %}{{ m['content'].split('</think>')[-1] }}{% else %}{{ m['content'] }}{% endif %}",
    );
    assert.equal(await write(source), "<|system|>be kind<|user|>one<|assistant|>two<|user|>three");
  });
});

test("contents are given as text, or as parts to a template that wants them so", async () => {
  assert.equal((await probe(each("{{ m['content'] }}"))).shape, "text");
  assert.equal((await probe(EITHER)).shape, "text");
  const found = await probe(PARTS);
  assert.deepEqual([found.shape, found.knowsSystem], ["parts", true]);
  assert.equal(await write(PARTS, MESSAGES.slice(0, 2)), "<|system|>be kind<|user|>one");
});

test("tools and documents are none, not missing", async () => {
  const source = `{% if tools is not none or documents is not none %}{{ raise_exception('tools') }}{% endif %}${each("{{ m['content'] }}")}`;
  assert.equal(await write(source, MESSAGES.slice(1, 2)), "<|user|>one");
});

test("a system prompt that a template loses or refuses begins the first message", async () => {
  const deaf = `{% for m in messages %}{% if m['role'] != 'system' %}<|{{ m['role'] }}|>{{ m['content'] }}{% endif %}{% endfor %}`;
  const unwilling = `{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}${each("{{ m['content'] }}")}`;
  for (const source of [deaf, unwilling]) {
    assert.equal((await probe(source)).knowsSystem, false);
    assert.equal(await write(source, MESSAGES.slice(0, 2)), "<|user|>be kind\n\none");
  }
});

test("a template that takes one message alone is used for one, and refuses the next in its own words", async () => {
  const source = `{% if messages | length > 1 %}{{ raise_exception('one only') }}{% endif %}{{ messages[0]['content'] }}`;
  assert.equal(await write(source, MESSAGES.slice(1, 2)), "one");
  await assert.rejects(write(source), refusal(/one only/));
});

test("a template that writes masses of text or of markers is refused", async () => {
  const around = (count: number, text: string) =>
    `${each("{{ m['content'] }}")}{% for i in range(${count}) %}${text}{% endfor %}`;
  await assert.rejects(
    probe(around(100, "x".repeat(1000))),
    refusal(/writes 100\d\d\d characters around four short messages \(limit: 65536\)/),
  );
  await assert.rejects(
    probe(around(1100, "<m{{ i }}>")),
    refusal(/divides a prompt by 110\d different markers \(limit: 1000\)/),
  );
});

test("a prompt says all where white space alone differs, and the order of questions is kept", () => {
  const users = ["a b", "c"].map((content): ChatMessage => ({ role: "user", content }));
  assert.ok(saysAll("x a\n  b y c", users));
  assert.ok(!saysAll("c a b", users));
  assert.ok(saysAll("a b be kind c", [{ role: "system", content: "be kind" }, ...users]));
  assert.ok(!saysAll("a b c", [{ role: "system", content: "be kind" }, ...users]));
});
