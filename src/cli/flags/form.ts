import type { Command } from "commander";
import { LlamaError, printable } from "../../errors.js";
import { readTextFile } from "../../files/text.js";
import type { Grammar } from "../../grammar/grammar.js";

/** What commander makes of {@link addFormOptions}. */
export interface FormFlags {
  grammar?: string;
  grammarFile?: string;
  jsonSchema?: string;
  jsonSchemaFile?: string;
  regex?: string;
  schema?: string;
  ignoreEos?: boolean;
}

/** The form that answers are held to. */
export interface Form {
  /** As a person wrote it. */
  readonly source: string;
  readonly grammar: Grammar;
}

/** Grammars of programs are far smaller. */
const MAX_BYTES = 4 << 20;

/** The flags of an answer's form, by llama.cpp's names where it has them. */
export function addFormOptions(command: Command): Command {
  return command
    .optionsGroup("Form of the answer (one of these):")
    .option("--schema <fields>", "JSON with these fields, e.g. 'name, age int, tags [string]'")
    .option("-j, --json-schema <schema>", "JSON that a JSON Schema allows")
    .option("--json-schema-file <file>", "the same, the schema in a file (also -jf)")
    .option("--regex <pattern>", "text that a regular expression matches as a whole")
    .option("--grammar <gbnf>", "text of a grammar in GBNF, as llama.cpp has it")
    .option("--grammar-file <file>", "the same, the grammar in a file");
}

/**
 * The form that the flags ask for; checked, so that a wrong one is refused before a model is loaded.
 * @throws LlamaError `option` where there are several, `grammar` where it is wrong or asks for too much
 */
export async function readForm(flags: FormFlags): Promise<Form | undefined> {
  const given = (Object.keys(READERS) as FormName[]).filter((name) => flags[name] !== undefined);
  const [name, other] = given;
  if (name === undefined) return undefined;
  if (other !== undefined) {
    throw new LlamaError("option", `${flagOf(name)} and ${flagOf(other)} contradict each other; give one form.`);
  }
  if (flags.ignoreEos === true) {
    throw new LlamaError("option", `--ignore-eos contradicts ${flagOf(name)}, which says where the answer ends.`);
  }
  const text = flags[name] as string;
  return { source: `${flagOf(name)} ${text}`, grammar: await READERS[name](text) };
}

/**
 * The form of a short schema, such as `name, age int`.
 * @throws LlamaError `grammar`
 */
export async function schemaForm(fields: string): Promise<Form> {
  return { source: fields, grammar: await fromShortSchema(fields) };
}

type FormName = Exclude<keyof FormFlags, "ignoreEos">;

// Loaded only where they are asked for: grammars take longer to load than all that generates a text.
const READERS: Readonly<Record<FormName, (text: string) => Promise<Grammar>>> = {
  schema: fromShortSchema,
  jsonSchema: (text) => fromJsonSchema(text, "--json-schema"),
  jsonSchemaFile: (path) => fromJsonSchema(readTextFile(path, "a JSON Schema", MAX_BYTES), path),
  regex: async (text) => (await grammars()).fromRegex(text),
  grammar: async (text) => (await grammars()).fromGbnf(text),
  grammarFile: async (path) => (await grammars()).fromGbnf(readTextFile(path, "a grammar", MAX_BYTES)),
};

async function grammars(): Promise<typeof Grammar> {
  return (await import("../../grammar/grammar.js")).Grammar;
}

async function fromShortSchema(fields: string): Promise<Grammar> {
  const { shortSchema } = await import("../../grammar/short-schema.js");
  return (await grammars()).fromJsonSchema(shortSchema(fields));
}

async function fromJsonSchema(text: string, name: string): Promise<Grammar> {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LlamaError("option", `${printable(name)} is not valid JSON: ${printable(reason)}.`, { cause });
  }
  return (await grammars()).fromJsonSchema(schema);
}

function flagOf(name: FormName): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
