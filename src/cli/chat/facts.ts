import type { ChatSession } from "../../chat/chat-session.js";
import type { ChatMessage } from "../../chat/message.js";
import type { PromptUse } from "../../chat/prompt/shares.js";
import { ownTemplate } from "../../chat/templates/choose.js";
import { printable } from "../../errors.js";
import type { Llama } from "../../llama.js";
import { byteCount, counted, largeCount, percent } from "../show/amounts.js";
import { adapterLines, expertsOf } from "../show/model-summary.js";
import { withoutControls } from "../show/plain-text.js";
import type { Chat } from "./partner.js";
import type { ColumnRow } from "./reading/columns.js";
import type { Settings } from "./settings.js";

/** The model in a line: "Llama 2 7B Chat · 6.74 B parameters · Q4_0 · context of 4096 tokens". */
export function modelLine(llama: Llama): string {
  const { tensors } = llama.file;
  const parameters = tensors.reduce((sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1), 0);
  return `${modelName(llama)} · ${largeCount(parameters)} parameters · ${mainType(llama)} · context of ${llama.contextSize} tokens`;
}

/** More about the model, a line each. */
export function modelFacts(llama: Llama): string[] {
  const { config, memory, file } = llama;
  return [
    modelLine(llama),
    `file     ${printable(file.path, 256)}`,
    `network  ${counted(config.layers, "layer")} of width ${config.dim}, ${counted(config.heads, "head")}, ${counted(config.kvHeads, "KV head")}${expertsOf(config)}, vocabulary of ${llama.tokenizer.size}`,
    ...adapterLines(llama),
    `memory   ${byteCount(memory.weights)} weights, ${byteCount(memory.cache)} KV cache, ${byteCount(memory.scratch)} scratch`,
    `engine   ${counted(llama.threads, "thread")}, ${llama.kernels} kernels`,
  ];
}

/** Which template writes the prompts. */
export function templateLine({ templateName }: ChatSession): string {
  if (templateName === "file") return "template from the model's file";
  return templateName === "custom" ? "template as given" : `built-in template ${templateName}`;
}

/** The template's source, where it has one. */
export function templateSource(llama: Llama, chat: ChatSession): string | undefined {
  if (chat.templateName !== "file") return undefined;
  const source = ownTemplate(llama.file.metadata);
  return source && withoutControls(source);
}

export function systemLine({ system }: Pick<Chat, "system">): string {
  return system === undefined ? "no system prompt" : `system prompt: ${withoutControls(system)}`;
}

/** "3 exchanges" */
export function exchanges({ messages }: Pick<Chat, "messages">): string {
  return counted(messages.filter(({ role }) => role === "user").length, "exchange");
}

/** "312 of 4096 tokens (8%)" */
export function contextUse(used: number, size: number): string {
  return `${used} of ${size} tokens (${percent(used / size)})`;
}

/** All settings, or those that were changed, which a star marks. */
export function settingRows(settings: Settings, { changedOnly = false } = {}): ColumnRow[] {
  const rows = settings.rows.filter(({ isDefault }) => !(changedOnly && isDefault));
  const nameWidth = Math.max(0, ...rows.map(({ names: [name = ""] }) => name.length));
  return rows.map(({ names: [name = ""], value, about, isDefault }) => {
    const shown = value === "" ? "none" : withoutControls(value);
    return [`${isDefault ? " " : "*"} ${name.padEnd(nameWidth)}  ${shown}`, about];
  });
}

/** What the star means, and how it goes away. */
export const SETTINGS_NOTE = "* changed; /set NAME default resets it";

/** How full the context is. */
export function contextLine({ tokens, cached }: PromptUse, contextSize: number): string {
  const free = Math.max(0, contextSize - tokens);
  return `The prompt takes ${contextUse(tokens, contextSize)}: ${free} are free, and ${cached} are in the KV cache.`;
}

/** The context by message: what each takes of the prompt, with what the template writes in front of it. */
export function contextRows({ shares }: PromptUse, chat: ChatSession): ColumnRow[] {
  const { messages, system, droppedExchanges } = chat;
  const rest = [...shares];
  const row = (who: string, text: string, isLeftOut = false): ColumnRow => {
    const count = isLeftOut ? "left out" : String(rest.shift() ?? 0);
    return [`${who.padEnd(9)} ${count.padStart(8)}`, printable(text.trim().replace(/\s+/g, " "), PREVIEW)];
  };
  const starts = messages.flatMap(({ role }, index) => (role === "user" ? [index] : []));
  const kept = starts[droppedExchanges] ?? 0;
  return [
    ...(system === undefined ? [] : [row("system", system)]),
    ...messages.map((message, index) => row(message.role, said(message), index < kept)),
  ];
}

const PREVIEW = 48;

/** What a message says, and what it calls. */
export function said({ content, toolCalls = [] }: ChatMessage): string {
  const calls = toolCalls.map(({ name, arguments: values }) => `${name}(${JSON.stringify(values)})`);
  return [content, ...calls].filter((text) => text !== "").join("\n");
}

function modelName({ file }: Llama): string {
  const name = file.metadata.find("general.name")?.value;
  return typeof name === "string" && name !== "" ? printable(name) : "unnamed model";
}

/** The type that most of the weights have. */
function mainType({ file: { tensors } }: Llama): string {
  const bytes = new Map<string, number>();
  for (const tensor of tensors) bytes.set(tensor.type.name, (bytes.get(tensor.type.name) ?? 0) + tensor.bytes);
  const [name = "no weights"] = [...bytes].sort(([, a], [, b]) => b - a)[0] ?? [];
  return name;
}
