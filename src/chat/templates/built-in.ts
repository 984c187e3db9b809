import type { ChatMessage } from "../message.js";
import type { ChatTemplate, TemplateTokens } from "./template.js";

/** A template of our own: the whole prompt for messages, the last one of which is the user's. */
type Writer = (messages: readonly ChatMessage[], tokens: TemplateTokens) => string;

/** The name of a built-in template. */
export type BuiltInName =
  | "llama2"
  | "codellama"
  | "codellama-70b"
  | "mistral"
  | "zephyr"
  | "vicuna"
  | "chatml"
  | "llama3"
  | "completion";

/**
 * Every template that needs no Jinja, after the makers' own descriptions. Contents come in marked, so writers may trim
 * and join them, and nothing else.
 */
const WRITERS = {
  llama2,
  codellama: llama2,
  "codellama-70b": codeLlama70b,
  mistral,
  zephyr,
  vicuna,
  chatml,
  llama3,
  completion,
} as const satisfies Record<BuiltInName, Writer>;

/** The names of the built-in templates. */
export const BUILT_IN_NAMES = Object.keys(WRITERS) as readonly BuiltInName[];

export function isBuiltInName(name: string): name is BuiltInName {
  return Object.hasOwn(WRITERS, name);
}

export function builtInTemplate(name: BuiltInName, tokens: TemplateTokens): ChatTemplate {
  return {
    name,
    source: undefined,
    shapes: ["text"],
    render: async (messages) => WRITERS[name](messages, tokens),
    dispose: () => undefined,
  };
}

/**
 * Llama 2 Chat and Code Llama Instruct (facebookresearch/llama, generation.py): every exchange stands between BOS and
 * EOS, the system prompt in the first message.
 */
function llama2(messages: readonly ChatMessage[], { bos, eos }: TemplateTokens): string {
  const { system, turns } = withSystem(messages);
  return turns
    .map(({ role, content }, index) => {
      if (role === "assistant") return ` ${content.trim()} ${eos}`;
      const isFirst = index === 0 && system !== undefined;
      const text = isFirst ? `<<SYS>>\n${system}\n<</SYS>>\n\n${content}` : content;
      return `${bos}[INST] ${text.trim()} [/INST]`;
    })
    .join("");
}

/** Code Llama 70B Instruct (facebookresearch/codellama, generation.py): a source and `<step>` for every message. */
function codeLlama70b(messages: readonly ChatMessage[], { bos }: TemplateTokens): string {
  const steps = messages.map(({ role, content }) => `Source: ${role}\n\n ${content.trim()} <step> `);
  return `${bos}${steps.join("")}Source: assistant\nDestination: user\n\n `;
}

/** Mistral and Mixtral Instruct; they know no system prompt, which joins the first message. */
function mistral(messages: readonly ChatMessage[], { bos, eos }: TemplateTokens): string {
  const { system, turns } = withSystem(messages);
  const texts = turns.map(({ role, content }, index) => {
    if (role === "assistant") return ` ${content.trim()}${eos}`;
    const text = index === 0 && system !== undefined ? `${system.trim()}\n\n${content}` : content;
    return `[INST] ${text.trim()} [/INST]`;
  });
  return bos + texts.join("");
}

/** Zephyr and TinyLlama Chat. */
function zephyr(messages: readonly ChatMessage[], { eos }: TemplateTokens): string {
  return `${messages.map(({ role, content }) => `<|${role}|>\n${content}${eos}\n`).join("")}<|assistant|>\n`;
}

/** Vicuna 1.1 and later. */
function vicuna(messages: readonly ChatMessage[], { eos }: TemplateTokens): string {
  const { system, turns } = withSystem(messages);
  const head = system === undefined ? "" : `${system.trim()}\n\n`;
  const texts = turns.map(({ role, content }) =>
    role === "user" ? `USER: ${content.trim()}\n` : `ASSISTANT: ${content.trim()}${eos}\n`,
  );
  return `${head}${texts.join("")}ASSISTANT:`;
}

/** ChatML, of many models. */
function chatml(messages: readonly ChatMessage[]): string {
  const texts = messages.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`);
  return `${texts.join("")}<|im_start|>assistant\n`;
}

/** Llama 3 Instruct. */
function llama3(messages: readonly ChatMessage[], { bos }: TemplateTokens): string {
  const header = (role: string) => `<|start_header_id|>${role}<|end_header_id|>\n\n`;
  const texts = messages.map(({ role, content }) => `${header(role)}${content.trim()}<|eot_id|>`);
  return bos + texts.join("") + header("assistant");
}

/** For models that were never taught to chat: a dialogue as it might stand in a text. */
function completion(messages: readonly ChatMessage[]): string {
  const { system, turns } = withSystem(messages);
  const head = system === undefined ? "" : `${system.trim()}\n\n`;
  const texts = turns.map(({ role, content }) => `${role === "user" ? "User" : "Assistant"}: ${content.trim()}\n`);
  return `${head}${texts.join("")}Assistant:`;
}

function withSystem(messages: readonly ChatMessage[]): { system: string | undefined; turns: readonly ChatMessage[] } {
  const [first] = messages;
  if (first?.role !== "system") return { system: undefined, turns: messages };
  return { system: first.content, turns: messages.slice(1) };
}
