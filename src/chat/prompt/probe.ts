import { LlamaError } from "../../errors.js";
import { type ToolFormat, toolFormatOf } from "../../tools/format.js";
import type { FunctionTool } from "../../tools/instructions.js";
import type { ChatMessage } from "../message.js";
import type { CallShape, ChatTemplate, ContentShape } from "../templates/template.js";
import { findMarkers } from "./markers.js";
import { mark, unmark } from "./marks.js";

/** A conversation in which every content can be found again in the prompt, unless it is written with escapes. */
const PROBE: readonly ChatMessage[] = [
  { role: "system", content: mark('system "probe"') },
  { role: "user", content: mark('first "probe"') },
  { role: "assistant", content: mark('answer "probe"') },
  { role: "user", content: mark('second "probe"') },
];
const [, , ANSWER, NEXT] = PROBE as [ChatMessage, ChatMessage, ChatMessage, ChatMessage];
/** From the most to the least that a template may take: some refuse system prompts, and some a second message. */
const ATTEMPTS: readonly (readonly ChatMessage[])[] = [PROBE, PROBE.slice(1), PROBE.slice(1, 2)];
/** Characters that a template writes around four short messages; real ones write some hundred, rarely thousands. */
const MAX_PROMPT = 1 << 16;
/** Different texts that divide turns; real templates have ten at most. */
const MAX_MARKERS = 1000;

/** What a template was found to do. */
export interface TemplateProbe {
  /** How it wants the messages' contents. */
  readonly shape: ContentShape;
  readonly knowsSystem: boolean;
  /** The texts that divide its turns. */
  readonly markers: readonly string[];
  /** Those of them that end an answer. */
  readonly ends: readonly string[];
}

/**
 * Finds out what a template does with a conversation: the first way of giving it one is taken by which it writes all
 * that was said.
 * @throws LlamaError `template` where it cannot write the simplest conversation, loses what was said, or writes too
 * much
 */
export async function probeTemplate(template: ChatTemplate): Promise<TemplateProbe> {
  let reason: unknown;
  for (const shape of template.shapes) {
    const found = await firstWhole(template, shape);
    if ("text" in found) return { shape, knowsSystem: found.messages === PROBE, ...dividersOf(found.text) };
    reason ??= found.reason;
  }
  throw reason;
}

type Attempt =
  | { readonly text: string; readonly messages: readonly ChatMessage[] }
  /** Why there is none. */
  | { readonly reason: unknown };

async function firstWhole(template: ChatTemplate, shape: ContentShape): Promise<Attempt> {
  let reason: unknown;
  for (const messages of ATTEMPTS) {
    try {
      const text = await template.render(messages, { content: shape });
      if (messages.every(({ content }) => text.includes(content))) return { text, messages };
    } catch (error) {
      reason ??= error;
      continue;
    }
    // Losing the system prompt is a way of not knowing any; what else is lost would be lost in silence.
    if (messages !== PROBE) return { reason: lossy() };
  }
  return { reason };
}

const CALLED: readonly ChatMessage[] = [
  { role: "user", content: "question-probe" },
  {
    role: "assistant",
    content: "",
    toolCalls: [{ id: "call00001", name: "tool_probe", arguments: { argument_probe: "value-probe" } }],
  },
  { role: "tool", content: "result-probe", toolCallId: "call00001" },
  { role: "assistant", content: "answer-probe" },
  { role: "user", content: "next-probe" },
];
const PARAMETERS = { type: "object", properties: { argument_probe: { type: "string" } } };
const TOOL: FunctionTool = {
  type: "function",
  function: { name: "tool_probe", description: "description-probe", parameters: PARAMETERS },
};
const OF_TOOLS = ["description-probe", "tool_probe", "argument_probe", "value-probe", "result-probe"];

/** How a template writes tools. */
export interface ToolProbe {
  readonly format: ToolFormat;
  readonly calls: CallShape;
}

/**
 * The format in which the template's models call functions: one that its source speaks for, and only if it writes what
 * tools there are, what was called, and what came of it.
 */
export async function probeTools(template: ChatTemplate, content: ContentShape): Promise<ToolProbe> {
  const format = toolFormatOf(template.source);
  for (const calls of format === "generic" ? [] : (["value", "json"] as const)) {
    try {
      const text = await template.render(CALLED, { content, tools: [TOOL], calls });
      if (OF_TOOLS.every((part) => text.includes(part))) return { format, calls };
    } catch (error) {
      if (!(error instanceof LlamaError && error.code === "template")) throw error;
    }
  }
  return { format: "generic", calls: "value" };
}

/** @throws LlamaError `template` unless everything that the person said is in the prompt */
export function requireWhole(prompt: string, messages: readonly ChatMessage[]): void {
  if (!saysAll(prompt, messages)) throw lossy();
}

/**
 * Whether what the person said is in a prompt: the system prompt, wherever that belongs, and the messages in order.
 * Templates may trim them and break their lines anew; answers they may cut, as they do where a model thinks aloud.
 */
export function saysAll(prompt: string, messages: readonly ChatMessage[]): boolean {
  const text = withoutSpace(prompt);
  let at = 0;
  for (const { role, content } of messages) {
    if (role === "assistant") continue;
    if (role === "tool") {
      if (!withoutEscapes(prompt).includes(withoutEscapes(content))) return false;
      continue;
    }
    const said = withoutSpace(content);
    const found = text.indexOf(said, role === "system" ? 0 : at);
    if (found < 0) return false;
    if (role === "user") at = found + said.length;
  }
  return true;
}

function withoutSpace(text: string): string {
  return text.replace(/\s+/g, "");
}

/** A result may be written as a text of JSON, in which some characters look otherwise. */
function withoutEscapes(text: string): string {
  return withoutSpace(unmark(text).replace(/\\[nrtbf]|\\/g, ""));
}

function lossy(): LlamaError {
  return new LlamaError("template", "The chat template loses what was said; choose another template.");
}

function dividersOf(text: string): Pick<TemplateProbe, "markers" | "ends"> {
  if (text.length > MAX_PROMPT) {
    const what = `it writes ${text.length} characters around four short messages (limit: ${MAX_PROMPT})`;
    throw new LlamaError("template", `The chat template is refused because ${what}; choose another template.`);
  }
  const markers = findMarkers(text);
  if (markers.length > MAX_MARKERS) {
    const what = `it divides a prompt by ${markers.length} different markers (limit: ${MAX_MARKERS})`;
    throw new LlamaError("template", `The chat template is refused because ${what}; choose another template.`);
  }
  return { markers, ends: endsOf(text) };
}

/** What the template writes between an answer and the next message. */
function endsOf(text: string): readonly string[] {
  const from = text.indexOf(ANSWER.content);
  const to = text.indexOf(NEXT.content);
  if (from < 0 || to < from) return [];
  const between = text.slice(from + ANSWER.content.length, to);
  return findMarkers(between).flatMap((marker) => {
    if (!marker.endsWith(":")) return [marker];
    // A speaker's name ends the answer where a line begins with it, or in capitals; behind a bracket that does.
    if (between.includes(`\n${marker}`)) return [`\n${marker}`];
    return marker === marker.toUpperCase() ? [marker] : [];
  });
}
