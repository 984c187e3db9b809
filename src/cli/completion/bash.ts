import type { CommandGrammar, OptionGrammar } from "./grammar.js";

/** A script for bash: a function that answers from the words so far. It needs no package for completion. */
export function bashCompletion(commands: readonly CommandGrammar[]): string {
  const names = commands.flatMap((command) => command.names);
  return `# bash completion for llama2; made by: llama2 completion bash
_llama2() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" flags="" values=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${[...names, "help", "--help", "--version"].join(" ")}" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
    help) COMPREPLY=($(compgen -W "${names.join(" ")}" -- "$word")); return ;;
${commands.map(commandCase).join("\n")}
  esac
  if [ "$values" = "<file>" ]; then
    compopt -o filenames 2> /dev/null
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$word"))
  elif [ "$values" = "<text>" ]; then
    return
  elif [ -n "$values" ]; then
    COMPREPLY=($(compgen -W "$values" -- "$word"))
  elif [[ "$word" == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$word"))
  else
    compopt -o filenames 2> /dev/null
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -F _llama2 llama2
`;
}

function commandCase({ names, options, arguments: args }: CommandGrammar): string {
  const flags = options.flatMap((option) => option.names).join(" ");
  const cases = options.filter(({ value }) => value !== undefined).map(optionCase);
  const [first] = args;
  const choices =
    first?.kind === "choices" ? `        *) [[ "$word" == -* ]] || values="${first.choices.join(" ")}" ;;` : "";
  return `    ${names.join("|")})
      flags="${flags}"
      case "$before" in
${[...cases, choices].filter((line) => line !== "").join("\n")}
      esac ;;`;
}

function optionCase({ names, value }: OptionGrammar): string {
  const values = value?.kind === "choices" ? value.choices.join(" ") : `<${value?.kind}>`;
  return `        ${names.join("|")}) values="${values}" ;;`;
}
