import type { ChatSession } from "../../chat/chat-session.js";
import { printable } from "../../errors.js";
import type { Llama } from "../../llama.js";
import { withoutControls } from "../show/plain-text.js";
import type { Settings } from "./settings.js";

/** The model in a line: "Llama 2 7B Chat · 6.74 B parameters · Q4_0 · context of 4096 tokens". */
export function modelLine(llama: Llama): string {
  const { tensors } = llama.file;
  const parameters = tensors.reduce((sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1), 0);
  return `${modelName(llama)} · ${inWords(parameters)} parameters · ${mainType(llama)} · context of ${llama.contextSize} tokens`;
}

/** More about the model, a line each. */
export function modelFacts(llama: Llama): string[] {
  const { config, memory, file } = llama;
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return [
    modelLine(llama),
    `file     ${printable(file.path, 256)}`,
    `network  ${config.layers} layers of width ${config.dim}, ${config.heads} heads, ${config.kvHeads} KV heads, ${llama.tokenizer.size} tokens`,
    `memory   ${mib(memory.weights)} weights, ${mib(memory.cache)} KV cache, ${mib(memory.scratch)} scratch`,
    `engine   ${llama.threads} threads, ${llama.kernels} kernels`,
  ];
}

/** Which template writes the prompts. */
export function templateLine({ templateName }: ChatSession): string {
  if (templateName === "file") return "template from the model's file";
  return templateName === "custom" ? "template as given" : `template ${templateName}, a built-in one`;
}

/** The template's source, where it has one. */
export function templateSource(llama: Llama, chat: ChatSession): string | undefined {
  if (chat.templateName !== "file") return undefined;
  const source = llama.file.metadata.findString("tokenizer.chat_template");
  return source && withoutControls(source);
}

export function systemLine({ system }: ChatSession): string {
  return system === undefined ? "no system prompt" : `system prompt: ${withoutControls(system)}`;
}

/** "3 exchanges" */
export function exchanges({ messages }: ChatSession): string {
  const count = Math.ceil(messages.length / 2);
  return count === 1 ? "1 exchange" : `${count} exchanges`;
}

/** "312 of 4096 tokens, 8 %" */
export function contextUse(used: number, size: number): string {
  return `${used} of ${size} tokens, ${Math.round((100 * used) / size)} %`;
}

/** All settings in columns; those that were changed are marked. */
export function settingsTable(settings: Settings): string[] {
  const rows = settings.rows.map(({ names: [name = ""], value, about, isDefault }) => {
    return { name, value: `${isDefault ? " " : "*"}${value === "" ? "none" : withoutControls(value)}`, about };
  });
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  return rows.map(({ name, value, about }) => `  ${name.padEnd(nameWidth)} ${value.padEnd(8)} ${about}`);
}

const PREVIEW = 48;

/**
 * How full the context is, by message. A message's count is that of its words alone; what the template writes around
 * them is in the sum.
 */
export async function contextTable(llama: Llama, chat: ChatSession): Promise<string[]> {
  const { messages, system, droppedExchanges, contextSize } = chat;
  const prompt = (await chat.promptTokens()).length;
  const count = (text: string) => llama.tokenizer.encode(text, { addBos: false }).length;
  const row = (who: string, text: string, isLeftOut = false) => {
    const shown = printable(text.trim().replace(/\s+/g, " "), PREVIEW);
    return `  ${who.padEnd(9)} ${(isLeftOut ? "left out" : String(count(text))).padStart(8)}  ${shown}`;
  };
  return [
    `The prompt has ${contextUse(prompt, contextSize)}; ${Math.max(0, contextSize - prompt)} are free. ${chat.position} are in the KV cache.`,
    ...(system === undefined ? [] : [row("system", system)]),
    ...messages.map(({ role, content }, index) => row(role, content, index < 2 * droppedExchanges)),
  ];
}

function modelName({ file }: Llama): string {
  const name = file.metadata.find("general.name")?.value;
  return typeof name === "string" && name !== "" ? printable(name) : "a model without a name";
}

/** The type that most of the weights have. */
function mainType({ file: { tensors } }: Llama): string {
  const bytes = new Map<string, number>();
  for (const tensor of tensors) bytes.set(tensor.type.name, (bytes.get(tensor.type.name) ?? 0) + tensor.bytes);
  const [name = "no weights"] = [...bytes].sort(([, a], [, b]) => b - a)[0] ?? [];
  return name;
}

function inWords(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} B`;
  return count >= 1e6 ? `${(count / 1e6).toFixed(2)} M` : `${(count / 1e3).toFixed(0)} K`;
}
