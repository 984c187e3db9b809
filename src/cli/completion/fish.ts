import type { CommandGrammar, OptionGrammar } from "./grammar.js";

/** A script for fish: one `complete` for each command and option. */
export function fishCompletion(commands: readonly CommandGrammar[]): string {
  const names = commands.flatMap((command) => command.names);
  const lines = [
    "# fish completion for llama2; made by: llama2 completion fish",
    `set -l names ${[...names, "help"].join(" ")}`,
    ...commands.flatMap(({ names: own, about }) =>
      own.map(
        (name) => `complete -c llama2 -f -n "not __fish_seen_subcommand_from $names" -a ${name} -d ${quoted(about)}`,
      ),
    ),
    ...commands.flatMap(({ names: own, options, arguments: args }) => {
      const condition = `-n "__fish_seen_subcommand_from ${own.join(" ")}"`;
      const words = args
        .filter(({ kind }) => kind === "choices")
        .map(({ choices }) => `complete -c llama2 -f ${condition} -a ${quoted(choices.join(" "))}`);
      return [...words, ...options.map((option) => optionLine(condition, option))];
    }),
  ];
  return `${lines.join("\n")}\n`;
}

function optionLine(condition: string, { names, about, value }: OptionGrammar): string {
  const spelled = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const values = {
    choices: `-x -a ${quoted(value?.choices.join(" ") ?? "")}`,
    file: "-r -F",
    text: "-x",
  };
  const parts = [condition, ...spelled, ...(value === undefined ? [] : [values[value.kind]]), `-d ${quoted(about)}`];
  return `complete -c llama2 ${parts.join(" ")}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
