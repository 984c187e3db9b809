import { existsSync } from "node:fs";
import { join } from "node:path";
import { readTextFile } from "../../files/text.js";
import { type Entries, text, texts } from "../checkpoint.js";
import { JsonObject } from "./json-object.js";

export const TEMPLATE_FILE = "chat_template.jinja";
/** As much as a reader of GGUF files takes. */
const MAX_BYTES = 1 << 20;

/** The chat template, of a file of its own or else of tokenizer_config.json, which may have several by name. */
export function chatTemplates(folder: string, tokenizerConfig: JsonObject | undefined): Entries {
  const path = join(folder, TEMPLATE_FILE);
  if (existsSync(path)) return [["tokenizer.chat_template", text(readTextFile(path, "a chat template", MAX_BYTES))]];
  const found = tokenizerConfig?.find("chat_template");
  if (tokenizerConfig === undefined || found === undefined) return [];
  if (!Array.isArray(found)) return [["tokenizer.chat_template", text(tokenizerConfig.getString("chat_template"))]];
  const named = found.map((value): [name: string, template: string] => {
    const part = new JsonObject(value, `A chat template in ${tokenizerConfig.place}`);
    return [part.getString("name"), part.getString("template")];
  });
  const others = named.filter(([name]) => name !== "default" && /^\w+$/.test(name));
  return [
    ...named
      .filter(([name]) => name === "default")
      .map(([, template]): Entries[number] => ["tokenizer.chat_template", text(template)]),
    ...(others.length === 0
      ? []
      : ([["tokenizer.chat_templates", texts(others.map(([name]) => name))]] satisfies Entries)),
    ...others.map(([name, template]): Entries[number] => [`tokenizer.chat_template.${name}`, text(template)]),
  ];
}
