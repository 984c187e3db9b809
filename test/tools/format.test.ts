import assert from "node:assert/strict";
import { test } from "node:test";
import { factsOf, type ToolFormat, toolFormatOf } from "#dist/tools/format.js";

test("a format is recognised by what only templates of its models write", () => {
  const templates: readonly (readonly [ToolFormat, string])[] = [
    ["hermes", "{% if tools %}<tools>{{ tools | tojson }}</tools> in <tool_call></tool_call>{% endif %}<|im_start|>"],
    ["mistral", "{% if tools %}[AVAILABLE_TOOLS]{{ tools }}[/AVAILABLE_TOOLS]{% endif %}[TOOL_CALLS][INST]"],
    ["functionary-3.1", "<|start_header_id|>system {% for tool in tools %}<function=name>{}</function>{% endfor %}"],
    ["llama-3.1", "<|start_header_id|>{% if tools %}Environment: ipython{{ tools }}{% endif %}"],
    ["generic", "{% for message in messages %}<|im_start|>{{ message.role }}{% endfor %}"],
    ["generic", "{{ tools }}<tool_call><function=name><parameter=key>value</parameter></function></tool_call>"],
    ["generic", "{{ tools }}<tool_call>name<arg_key>key</arg_key></tool_call>"],
    ["generic", "[AVAILABLE_TOOLS]{{ tools }}[TOOL_CALLS]name[ARGS]{}"],
  ];
  for (const [format, template] of templates) assert.equal(toolFormatOf(template), format, template);
  assert.equal(toolFormatOf(undefined), "generic");
});

test("a format that is none is refused by name", () => {
  assert.throws(() => factsOf("xml" as ToolFormat), { code: "option", message: /"xml"; choose one of .*hermes/ });
  assert.throws(() => factsOf("toString" as ToolFormat), { code: "option" });
});
