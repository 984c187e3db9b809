import type { ToolFormat } from "#dist/tools/format.js";
import type { ToolDescription } from "#dist/tools/tool.js";

export const FORMATS: readonly ToolFormat[] = ["hermes", "mistral", "functionary-3.1", "llama-3.1", "generic"];

/** Two functions, one of them without arguments. */
export const TOOLS: readonly ToolDescription[] = [
  {
    name: "weather",
    description: "The weather at a place.",
    schema: {
      type: "object",
      properties: { place: { type: "string", maxLength: 12 }, days: { type: "integer", minimum: 1, maximum: 9 } },
      required: ["place"],
      additionalProperties: false,
    },
  },
  { name: "now" },
];

/** A call of `weather` in each format. */
export const WEATHER: Readonly<Record<ToolFormat, string>> = {
  hermes: '<tool_call>\n{"name": "weather", "arguments": {"place": "Bern", "days": 2}}\n</tool_call>',
  mistral: '[TOOL_CALLS][{"name": "weather", "arguments": {"place": "Bern", "days": 2}}]',
  "functionary-3.1": '<function=weather>{"place": "Bern", "days": 2}</function>',
  "llama-3.1": '{"name": "weather", "parameters": {"place": "Bern", "days": 2}}',
  generic: '{"tool_calls": [{"name": "weather", "arguments": {"place": "Bern", "days": 2}}]}',
};

/** A call of `weather` and one of `now`, in the formats that can write two. */
export const BOTH: Readonly<Partial<Record<ToolFormat, string>>> = {
  hermes:
    '<tool_call>\n{"name": "weather", "arguments": {"place": "Bern"}}\n</tool_call>\n<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>',
  mistral: '[TOOL_CALLS] [{"name": "weather", "arguments": {"place": "Bern"}}, {"name": "now", "arguments": {}}]',
  "functionary-3.1": '<function=weather>{"place": "Bern"}</function><function=now>{}</function>',
  generic: '{"tool_calls": [{"name": "weather", "arguments": {"place": "Bern"}}, {"name": "now", "arguments": {}}]}',
};

/** An answer without a call. */
export const said = (format: ToolFormat, text: string): string =>
  format === "generic" ? JSON.stringify({ response: text }) : text;
