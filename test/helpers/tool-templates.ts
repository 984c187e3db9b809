/** Chat templates that know tools, each in the way of its family, as short as they can be. */
import type { ToolFormat } from "#dist/tools/format.js";

const HERMES = `{{ bos_token }}{% if tools %}<|im_start|>system
<tools>{% for tool in tools %}{{ tool | tojson }}
{% endfor %}</tools> Call in <tool_call></tool_call>.<|im_end|>
{% endif %}{% for message in messages %}<|im_start|>{{ 'user' if message.role == 'tool' else message.role }}
{% if message.role == 'tool' %}<tool_response>
{{ message.content }}
</tool_response>{% else %}{{ message.content }}{% for call in message.tool_calls or [] %}<tool_call>
{{ {"name": call.function.name, "arguments": call.function.arguments} | tojson }}
</tool_call>{% endfor %}{% endif %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`;

const MISTRAL = `{{ bos_token }}{% if tools %}[AVAILABLE_TOOLS]{{ tools | tojson }}[/AVAILABLE_TOOLS]{% endif %}{% for message in messages %}{% if message.role == 'user' or message.role == 'system' %}[INST] {{ message.content }} [/INST]{% elif message.role == 'tool' %}[TOOL_RESULTS]{{ {"content": message.content, "call_id": message.tool_call_id} | tojson }}[/TOOL_RESULTS]{% elif message.tool_calls is defined %}[TOOL_CALLS][{% for call in message.tool_calls or [] %}{% if call.id | length != 9 %}{{ raise_exception("ids have nine letters") }}{% endif %}{{ {"name": call.function.name, "arguments": call.function.arguments, "id": call.id} | tojson }}{% if not loop.last %}, {% endif %}{% endfor %}]{{ eos_token }}{% else %}{{ message.content }}{{ eos_token }}{% endif %}{% endfor %}`;

const LLAMA = `{{ bos_token }}{% if tools %}<|start_header_id|>system<|end_header_id|>

Environment: ipython
{{ tools | tojson }}<|eot_id|>{% endif %}{% for message in messages %}{% if message.role == 'tool' %}<|start_header_id|>ipython<|end_header_id|>

{{ message.content | tojson }}{% else %}<|start_header_id|>{{ message.role }}<|end_header_id|>

{% if message.tool_calls is defined %}{% set call = message.tool_calls[0].function %}{"name": "{{ call.name }}", "parameters": {{ call.arguments | tojson }}}{% else %}{{ message.content }}{% endif %}{% endif %}<|eot_id|>{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>

{% endif %}`;

/** Wants a list of tools, empty or not, and a call's arguments as JSON. */
const FUNCTIONARY = `{{ bos_token }}{% if tools | selectattr("type", "equalto", "function") | list | length > 0 %}<|start_header_id|>system<|end_header_id|>

<function=name>{}</function>{% for tool in tools %}{{ tool.function | tojson }}{% endfor %}<|eot_id|>{% endif %}{% for message in messages %}<|start_header_id|>{{ message.role }}<|end_header_id|>

{{ message.content }}{% for call in message.tool_calls or [] %}{{ '<function=' + call.function.name + '>' + call.function.arguments + '</function>' }}{% endfor %}<|eot_id|>{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>

{% endif %}`;

/** Writes what is said as text, and knows of no tools. */
const PLAIN = `{{ bos_token }}{% for message in messages %}{{ message.role }}> {{ message.content }}
{% endfor %}{% if add_generation_prompt %}assistant> {% endif %}`;

export const TOOL_TEMPLATES: Readonly<Record<ToolFormat, string>> = {
  hermes: HERMES,
  mistral: MISTRAL,
  "functionary-3.1": FUNCTIONARY,
  "llama-3.1": LLAMA,
  generic: PLAIN,
};
