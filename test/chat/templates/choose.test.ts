import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ChatMessage } from "#dist/chat/message.js";
import { BUILT_IN_NAMES, type BuiltInName, builtInTemplate } from "#dist/chat/templates/built-in.js";
import { chooseTemplate, type TemplateWish } from "#dist/chat/templates/choose.js";
import { LlamaError } from "#dist/errors.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { type Keys, SPM_START, spmMetadata, string, type Token, u32 } from "../../tokenizer/vocabularies.js";

const JINJA = "{% for message in messages %}{{ message['content'] }}{% endfor %}";

function choose(keys: Keys, wish: TemplateWish = {}, tokens: readonly Token[] = []) {
  const ends = { "tokenizer.ggml.bos_token_id": u32(1), "tokenizer.ggml.eos_token_id": u32(2) };
  const metadata = spmMetadata([...SPM_START, ...tokens], { ...ends, ...keys });
  return chooseTemplate(metadata, Tokenizer.fromMetadata(metadata), wish);
}

const template = (source: string): Keys => ({ "tokenizer.chat_template": string(source) });
const named = (name: string): Keys => ({ "general.name": string(name) });

test("the file's own template comes first, unless another is wished for", () => {
  const own = choose({ ...template(JINJA), ...named("Llama-2-7B-Chat") });
  assert.deepEqual([own.template.name, own.template.source, own.warning], ["file", JINJA, undefined]);
  const wished = choose(template(JINJA), { template: "chatml" });
  assert.deepEqual([wished.template.name, wished.warning], ["chatml", undefined]);
  assert.equal(choose(template(JINJA), { template: `${JINJA}x` }).template.name, "custom");
});

test("an empty or blank template counts as none", () => {
  for (const source of ["", " \n\t "]) {
    assert.equal(choose({ ...template(source), ...named("Llama-2-7B-Chat") }).template.name, "llama2");
    const { template: chosen, warning } = choose(template(source));
    assert.equal(chosen.name, "completion");
    assert.match(warning ?? "", /has no chat template/);
    assert.throws(() => choose({}, { template: source }), /There is no chat template ""/);
  }
});

describe("without Jinja the built-in template nearest to the file's", () => {
  const sources: readonly (readonly [BuiltInName, string])[] = [
    ["llama2", "{{ '<<SYS>>' }}[INST]"],
    ["mistral", "{{ bos_token }}[INST]"],
    ["zephyr", "<|user|> {{ x }} <|assistant|>"],
    ["vicuna", "USER: {{ x }} ASSISTANT:"],
    ["chatml", "<|im_start|>{{ x }}"],
    ["llama3", "<|start_header_id|>{{ x }}"],
    ["codellama-70b", "Source: {{ x }}<step>"],
  ];
  for (const [name, source] of sources) {
    test(name, () => {
      const chosen = choose(template(source), { useJinja: false });
      assert.deepEqual([chosen.template.name, chosen.warning], [name, undefined]);
    });
  }
  test("or none, with a warning", () => {
    const chosen = choose(template(JINJA), { useJinja: false });
    assert.equal(chosen.template.name, "completion");
    assert.match(chosen.warning ?? "", /^The model's file has a chat template unlike any built-in one, .*\.$/);
  });
});

describe("a file without template is known by its name or vocabulary", () => {
  const names: readonly (readonly [BuiltInName, string])[] = [
    ["llama2", "LLaMA v2 Llama-2-7b-chat-hf"],
    ["codellama", "CodeLlama-13b-Instruct"],
    ["codellama-70b", "codellama_CodeLlama-70b-Instruct-hf"],
    ["mistral", "Mistral-7B-Instruct-v0.2"],
    ["zephyr", "TinyLlama-1.1B-Chat-v1.0"],
    ["vicuna", "vicuna-7b-v1.5"],
    ["llama3", "Meta-Llama-3-8B-Instruct"],
  ];
  for (const [wanted, name] of names) {
    test(name, () => {
      const chosen = choose(named(name));
      assert.deepEqual([chosen.template.name, chosen.warning], [wanted, undefined]);
    });
  }
  test("by the tokens of ChatML", () => {
    const tokens = ["<|im_start|>", "<|im_end|>"].map((piece) => ({ piece, type: 3 }));
    assert.equal(choose({}, {}, tokens).template.name, "chatml");
  });
  test("or gets a warning and a conversation in plain text", async () => {
    for (const keys of [{}, named("Llama-2-7B"), named("CodeLlama-7b-Python")]) {
      const { template: chosen, warning } = choose(keys);
      assert.equal(chosen.name, "completion");
      assert.match(warning ?? "", /^The model's file has no chat template, .*\.$/);
      const text = await chosen.render([{ role: "user", content: "Hi" }]);
      assert.equal(text, "User: Hi\nAssistant:");
    }
  });
});

test("wishes that cannot be granted are refused in a sentence", () => {
  const refused = (wish: TemplateWish, pattern: RegExp) =>
    assert.throws(
      () => choose({}, wish),
      (error) => error instanceof LlamaError && error.code === "option" && pattern.test(error.message),
    );
  refused(
    { template: "llama-2\u001b[31m" },
    /^There is no chat template "llama-2\\u001b\[31m"; choose one of llama2, /,
  );
  refused({ template: "constructor" }, /There is no chat template "constructor"/);
  refused({ template: JINJA, useJinja: false }, /Jinja is switched off/);
});

test("every built-in template writes a conversation as its makers describe it", async () => {
  const messages: ChatMessage[] = [
    { role: "system", content: "S" },
    { role: "user", content: "U1" },
    { role: "assistant", content: "A" },
    { role: "user", content: "U2" },
  ];
  const header = (role: string) => `<|start_header_id|>${role}<|end_header_id|>\n\n`;
  const llama2 = "<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nU1 [/INST] A </s><s>[INST] U2 [/INST]";
  const wanted: Record<BuiltInName, string> = {
    llama2,
    codellama: llama2,
    "codellama-70b":
      "<s>Source: system\n\n S <step> Source: user\n\n U1 <step> Source: assistant\n\n A <step> Source: user\n\n U2 <step> Source: assistant\nDestination: user\n\n ",
    mistral: "<s>[INST] S\n\nU1 [/INST] A</s>[INST] U2 [/INST]",
    zephyr: "<|system|>\nS</s>\n<|user|>\nU1</s>\n<|assistant|>\nA</s>\n<|user|>\nU2</s>\n<|assistant|>\n",
    vicuna: "S\n\nUSER: U1\nASSISTANT: A</s>\nUSER: U2\nASSISTANT:",
    chatml:
      "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU1<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n<|im_start|>user\nU2<|im_end|>\n<|im_start|>assistant\n",
    llama3: `<s>${header("system")}S<|eot_id|>${header("user")}U1<|eot_id|>${header("assistant")}A<|eot_id|>${header("user")}U2<|eot_id|>${header("assistant")}`,
    completion: "S\n\nUser: U1\nAssistant: A\nUser: U2\nAssistant:",
  };
  for (const name of BUILT_IN_NAMES) {
    assert.equal(await builtInTemplate(name, { bos: "<s>", eos: "</s>" }).render(messages), wanted[name], name);
  }
});
