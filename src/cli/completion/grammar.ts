import type { Argument, Command, Option } from "commander";

/** What a shell needs to know of the command line. */
export interface CommandGrammar {
  /** Its name, then its other names. */
  readonly names: readonly string[];
  readonly about: string;
  readonly options: readonly OptionGrammar[];
  /** What stands behind the command without a flag, in order. */
  readonly arguments: readonly ValueGrammar[];
}

export interface OptionGrammar {
  /** Such as `-n` and `--n-predict`. */
  readonly names: readonly string[];
  readonly about: string;
  /** What stands behind it; undefined for a flag alone. */
  readonly value: ValueGrammar | undefined;
}

/** One of some words, a file, or anything. */
export interface ValueGrammar {
  readonly kind: "choices" | "file" | "text";
  readonly choices: readonly string[];
  /** As the help has it: "tokens". */
  readonly name: string;
}

/** Read from commander's tree, so that what completes is what there is. */
export function grammarOf(program: Command): CommandGrammar[] {
  return program.commands.map((command) => ({
    names: [command.name(), ...command.aliases()],
    about: command.description(),
    options: command.createHelp().visibleOptions(command).map(optionGrammar),
    arguments: command.registeredArguments.map(argumentGrammar),
  }));
}

function optionGrammar(option: Option): OptionGrammar {
  const { short, long, description, argChoices } = option;
  const [, placeholder] = /[<[](.+)[>\]]/.exec(option.flags) ?? [];
  return {
    names: [short, long].filter((name) => typeof name === "string"),
    about: description,
    value: placeholder === undefined ? undefined : valueGrammar(placeholder, argChoices),
  };
}

function argumentGrammar(argument: Argument): ValueGrammar {
  return valueGrammar(argument.name(), argument.argChoices);
}

/** Placeholders that stand for a file, by what they hold. */
const FILE = /\b(?:file|files|models?|in|out|words)\b/;

function valueGrammar(name: string, choices: readonly string[] | undefined): ValueGrammar {
  if (choices !== undefined) return { kind: "choices", choices, name };
  return { kind: FILE.test(name) ? "file" : "text", choices: [], name };
}
