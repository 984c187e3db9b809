import { parseToolCalls } from "#dist/tools/parse.js";
import { BOTH, FORMATS, said, TOOLS, WEATHER } from "../../tools/tools.js";
import { isRefusal, type Target, textOf, texts } from "../target.js";

/** Reads an answer; undefined where it is refused. */
function read(text: string, format: (typeof FORMATS)[number], options: { partial: boolean; json: boolean }) {
  try {
    return parseToolCalls(text, format, TOOLS, options);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
}

/** Answers that may call functions, as a model writes them without a grammar. The first byte chooses the format. */
export const calls: Target = {
  name: "calls",
  modules: ["/tools/"],
  seeds: () =>
    texts(
      ...FORMATS.flatMap((format, i) =>
        [WEATHER[format], BOTH[format] ?? "", said(format, "It is <t {sunny}.")].map((text) => `${i}${text}`),
      ),
    ),
  words: texts(
    ...["<tool_call>", "</tool_call>", "[TOOL_CALLS]", "<function=", "</function>", "<|python_tag|>", '{"name": '],
    ...['"arguments": ', '"parameters": ', '{"tool_calls": [', '{"response": "', '"weather"', '"now"', '"id": ', "\\u"],
  ),
  run(input) {
    const first = input[0] ?? 0;
    const format = FORMATS[first % FORMATS.length] ?? "hermes";
    const json = first >= 0x80;
    const text = textOf(input.subarray(1));
    read(text, format, { partial: false, json });
    let before = read("", format, { partial: true, json });
    // What is shown of an answer on its way is never taken back.
    for (let length = 1; length <= text.length; length += 1 + (length >> 3)) {
      const now = read(text.slice(0, length), format, { partial: true, json });
      if (now === undefined) return;
      if (before !== undefined && !now.content.startsWith(before.content)) throw new Error("content was taken back");
      before?.calls.forEach((call, i) => {
        const later = now.calls[i];
        const isKept = later?.name === call.name && later.argumentsText.startsWith(call.argumentsText);
        if (!isKept) throw new Error("a call was taken back");
      });
      before = now;
    }
  },
};
