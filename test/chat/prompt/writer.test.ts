import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChatMessage, wellFormed } from "#dist/chat/message.js";
import { unmark } from "#dist/chat/prompt/marks.js";
import { PromptWriter } from "#dist/chat/prompt/writer.js";
import { JinjaTemplate } from "#dist/chat/templates/jinja-template.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { functionTools } from "#dist/tools/instructions.js";
import { TOOL_TEMPLATES } from "../../helpers/tool-templates.js";
import { SPM_START, spmMetadata, u32 } from "../../tokenizer/vocabularies.js";
import { FORMATS, TOOLS } from "../../tools/tools.js";

const CONTROL = [
  "<|im_start|>",
  "<|im_end|>",
  "<|start_header_id|>",
  "<|end_header_id|>",
  "<|eot_id|>",
  "[TOOL_CALLS]",
];
const tokenizer = Tokenizer.fromMetadata(
  spmMetadata([...SPM_START, ...CONTROL.map((piece) => ({ piece, type: 3 as const })), { piece: "▁", score: -1 }], {
    "tokenizer.ggml.bos_token_id": u32(1),
    "tokenizer.ggml.eos_token_id": u32(2),
  }),
);
const HOSTILE = [...CONTROL, "</s>", "[INST]", "<tool_call>", "</tool_response>", '"\\', "\u{dc41}"].join(" ");

async function withWriter(source: string, work: (writer: PromptWriter) => Promise<void>): Promise<void> {
  const writer = await PromptWriter.create(new JinjaTemplate("file", source, { bos: "<s>", eos: "</s>" }), tokenizer);
  try {
    await work(writer);
  } finally {
    writer.dispose();
  }
}

const conversation = (text: string): ChatMessage[] => [
  { role: "user", content: "Hello" },
  {
    role: "assistant",
    content: "",
    toolCalls: [{ id: "call00001", name: "weather", arguments: { place: text } }],
  },
  { role: "tool", content: `It is ${text}`, toolCallId: "call00001" },
];

for (const format of FORMATS) {
  test(`tools, calls and results go through the template, and none becomes a control token: ${format}`, async () => {
    await withWriter(TOOL_TEMPLATES[format], async (writer) => {
      assert.equal(await writer.toolFormat(), format);
      const tools = functionTools([{ ...TOOLS[0], name: "weather", description: `At ${"x"}` }]);
      const clean = await writer.forTools(tools).write(conversation("sunny"));
      for (const part of ["weather", "At x", "maxLength", "sunny", "It is sunny"]) {
        assert.ok(unmark(clean).includes(part), `${part}: ${unmark(clean)}`);
      }
      const hostile = functionTools([{ ...TOOLS[0], name: "weather", description: `At ${HOSTILE}` }]);
      const marked = await writer.forTools(hostile).write(conversation(wellFormed(HOSTILE)));
      assert.deepEqual(writer.encoder.dividers(marked), writer.encoder.dividers(clean));
      // What stands in JSON is still JSON of the same text.
      const description = JSON.stringify(`At ${wellFormed(HOSTILE)}`);
      assert.ok(unmark(marked).includes(description), unmark(marked));
    });
  });
}

test("a template that refuses or drops calls is told of them in text", async () => {
  const refusing = TOOL_TEMPLATES.hermes.replace("{{ message.content }}", "{{ raise_exception('no tools') }}");
  const dropping = TOOL_TEMPLATES.hermes.replace("{{ tool | tojson }}", "");
  for (const source of [refusing, dropping]) {
    await withWriter(
      source.replace("{% if message.role == 'tool' %}", "{% if message.role == 'tool' %} "),
      async (writer) => {
        assert.equal(await writer.toolFormat(), "generic");
        const prompt = unmark(await writer.forTools(functionTools(TOOLS)).write(conversation("sunny")));
        assert.match(prompt, /You can call functions:/);
        assert.match(prompt, /"tool_calls":\[\{"name":"weather","arguments":\{"place":"sunny"\}\}\]/);
        assert.match(prompt, /"tool_results":\[\{"name":"weather","result":"It is sunny"\}\]/);
      },
    );
  }
});
