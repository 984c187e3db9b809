import { LlamaError, printable } from "../../errors.js";
import type { Metadata } from "../../gguf/metadata.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import { BUILT_IN_NAMES, type BuiltInName, builtInTemplate, isBuiltInName } from "./built-in.js";
import { JinjaTemplate } from "./jinja-template.js";
import type { ChatTemplate, TemplateTokens } from "./template.js";

/** What the caller wants. */
export interface TemplateWish {
  /** A built-in template's name, or the source of a Jinja template. */
  readonly template?: string | undefined;
  /** Whether Jinja templates are used at all; by default they are. */
  readonly useJinja?: boolean | undefined;
}

/** A template, and what a person should know of it. */
export interface ChosenTemplate {
  readonly template: ChatTemplate;
  readonly warning: string | undefined;
}

/**
 * The template for a chat: the one that is wished for, the file's own, or the built-in one that the file's
 * template, vocabulary or name speaks for.
 * @throws LlamaError `option` for a wish that cannot be granted, `model` where the file's template is no text,
 *   `template` where it is too long
 */
export function chooseTemplate(metadata: Metadata, tokenizer: Tokenizer, wish: TemplateWish): ChosenTemplate {
  const tokens = tokensOf(tokenizer);
  const useJinja = wish.useJinja ?? true;
  if (wish.template !== undefined) return { template: wished(wish.template, useJinja, tokens), warning: undefined };
  const source = ownTemplate(metadata);
  if (source !== undefined && useJinja) {
    return { template: new JinjaTemplate("file", source, tokens), warning: undefined };
  }
  const name = source === undefined ? recogniseModel(metadata, tokenizer) : recogniseSource(source);
  if (name !== undefined) return { template: builtInTemplate(name, tokens), warning: undefined };
  const what = source === undefined ? "has no chat template" : "has a chat template unlike any built-in one";
  return {
    template: builtInTemplate("completion", tokens),
    warning: `The model's file ${what}, so the conversation is written as plain text ("User: ..." and "Assistant: ..."), which models not trained for chat may not follow.`,
  };
}

/** The template in a model's file; one that is empty or blank is none. */
export function ownTemplate(metadata: Metadata): string | undefined {
  const source = metadata.findString("tokenizer.chat_template");
  return source?.trim() === "" ? undefined : source;
}

/** Whether a text can be a Jinja template: one that writes what it is given. */
export function isJinja(source: string): boolean {
  return /\{[{%]/.test(source);
}

function wished(template: string, useJinja: boolean, tokens: TemplateTokens): ChatTemplate {
  if (isBuiltInName(template)) return builtInTemplate(template, tokens);
  if (!isJinja(template)) {
    throw new LlamaError(
      "option",
      `There is no chat template "${printable(template.trim())}"; choose one of ${BUILT_IN_NAMES.join(", ")}, or give a Jinja template.`,
    );
  }
  if (useJinja) return new JinjaTemplate("custom", template, tokens);
  throw new LlamaError("option", "A Jinja template was given but Jinja is switched off; drop one of the two.");
}

function tokensOf(tokenizer: Tokenizer): TemplateTokens {
  const spell = (id: number | undefined) => (id === undefined ? "" : tokenizer.piece(id));
  return { bos: spell(tokenizer.bosId), eos: spell(tokenizer.eosId) };
}

/** What only templates of one kind write, the most telling first. */
const SIGNS: readonly (readonly [BuiltInName, ...string[]])[] = [
  ["codellama-70b", "Source: ", "<step>"],
  ["llama3", "<|start_header_id|>"],
  ["chatml", "<|im_start|>"],
  ["zephyr", "<|user|>", "<|assistant|>"],
  ["llama2", "[INST]", "<<SYS>>"],
  ["mistral", "[INST]"],
  ["vicuna", "USER:", "ASSISTANT:"],
];

function recogniseSource(source: string): BuiltInName | undefined {
  return SIGNS.find(([, ...signs]) => signs.every((sign) => source.includes(sign)))?.[0];
}

/** Names of models that were trained to chat, by the template they were trained with. */
const NAMES: readonly (readonly [BuiltInName, RegExp])[] = [
  ["codellama-70b", /code.?llama.*70b.*instruct/i],
  ["codellama", /code.?llama.*instruct/i],
  ["llama3", /llama.?3.*instruct/i],
  ["llama2", /llama.?2.*chat/i],
  ["mistral", /(mistral|mixtral).*instruct/i],
  ["zephyr", /zephyr|tiny.?llama.*chat/i],
  ["vicuna", /vicuna/i],
];

function recogniseModel(metadata: Metadata, tokenizer: Tokenizer): BuiltInName | undefined {
  if (tokenizer.findId("<|im_start|>") !== undefined && tokenizer.findId("<|im_end|>") !== undefined) return "chatml";
  const keys = ["general.name", "general.basename", "general.size_label", "general.finetune"];
  const texts = keys.map((key) => metadata.find(key)?.value).filter((value) => typeof value === "string");
  const name = texts.join(" ").slice(0, 1000);
  return NAMES.find(([, pattern]) => pattern.test(name))?.[0];
}
