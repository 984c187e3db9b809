import { LlamaError, printable, printableJson } from "../errors.js";
import { jsonSchemaOf } from "../grammar/standard-schema.js";
import { isObject } from "../json-object.js";
import { kindOf } from "../options.js";

/** A function that a model may call, as the model is told of it. */
export interface ToolDescription {
  /** Letters, digits, `_`, `-` and `.`, at most 64. */
  readonly name: string;
  /** What it does, for the model to read. */
  readonly description?: string | undefined;
  /**
   * Its arguments, which are an object: a JSON Schema, or an object of a library that can say what it is as JSON
   * Schema. Without one it takes none.
   */
  readonly schema?: unknown;
}

/** Whether and what a model is to call: as it likes, at least one, none, or one by its name. */
export type ToolChoice = "auto" | "required" | "none" | { readonly name: string };

/** A tool whose schema is JSON Schema. */
export interface CheckedTool {
  readonly name: string;
  readonly description: string | undefined;
  readonly parameters: JsonObject;
}

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

const NAME = /^[\w.-]{1,64}$/;
const MAX_TOOLS = 256;
const NO_PARAMETERS: JsonObject = { type: "object", properties: {}, additionalProperties: false };

/**
 * The tools as models and grammars take them.
 * @throws LlamaError `option` where one has no proper name, two have the same, or there are too many; `grammar` where a
 *   schema cannot be written as JSON Schema, or describes no object
 */
export function checkTools(tools: readonly ToolDescription[]): readonly CheckedTool[] {
  if (!Array.isArray(tools)) throw new LlamaError("option", `tools must be a list of tools (got ${kindOf(tools)}).`);
  if (tools.length > MAX_TOOLS) {
    throw new LlamaError("option", `${tools.length} tools were given; give at most ${MAX_TOOLS}.`);
  }
  const names = new Set<string>();
  return tools.map((tool: Partial<ToolDescription> | null) => {
    const { name, description, schema } = tool ?? {};
    if (typeof name !== "string" || !NAME.test(name)) {
      const found = typeof name === "string" ? `"${printable(name)}"` : kindOf(name);
      throw new LlamaError(
        "option",
        `A tool is named ${found}; name it in at most 64 letters, digits, "_", "-" and "."`,
      );
    }
    if (names.has(name)) throw new LlamaError("option", `Two tools are named "${name}"; give each its own name.`);
    names.add(name);
    if (description !== undefined && typeof description !== "string") {
      throw new LlamaError("option", `The description of the tool "${name}" must be a text.`);
    }
    return { name, description, parameters: parametersOf(name, schema) };
  });
}

/** @throws LlamaError `option` where a choice is none, or names no tool */
export function checkToolChoice(choice: ToolChoice, tools: readonly CheckedTool[]): void {
  if (choice === "auto" || choice === "none") return;
  const names = tools.map(({ name }) => name);
  if (choice === "required" && names.length > 0) return;
  const name: unknown = typeof choice === "object" && choice !== null ? choice.name : undefined;
  if (typeof name === "string" && names.includes(name)) return;
  const found = typeof name === "string" ? `"${printable(name)}"` : `"${printable(String(choice))}"`;
  const given = names.length === 0 ? "no tools were given" : `the tools are ${names.join(", ")}`;
  throw new LlamaError("option", `The tool choice ${found} cannot be met, as ${given}; choose one of them, or "auto".`);
}

/** What was made of schemas: the same object for the same schema, so that a grammar is made of it once. */
const known = new WeakMap<object, JsonObject>();

function parametersOf(name: string, schema: unknown): JsonObject {
  if (schema === undefined) return NO_PARAMETERS;
  const canBeKey = (typeof schema === "object" && schema !== null) || typeof schema === "function";
  const parameters = (canBeKey ? known.get(schema) : undefined) ?? objectSchemaOf(name, schema);
  if (canBeKey) known.set(schema, parameters);
  return parameters;
}

function objectSchemaOf(name: string, schema: unknown): JsonObject {
  const written = jsonSchemaOf(schema);
  if (!isObject(written)) {
    throw new LlamaError("grammar", `The schema of the tool "${name}" is ${kindOf(written)}; give one of an object.`);
  }
  const { type, ...rest } = written;
  if (type === undefined) return { type: "object", ...rest };
  if (type === "object") return written as JsonObject;
  throw new LlamaError(
    "grammar",
    `The schema of the tool "${name}" has the type ${printableJson(type)}; arguments are an object.`,
  );
}
