import type { CommandGrammar, OptionGrammar, ValueGrammar } from "./grammar.js";

/** A script for zsh: a function for `_arguments`, to be kept as `_llama2` in a folder of `$fpath`. */
export function zshCompletion(commands: readonly CommandGrammar[]): string {
  const described = commands.flatMap(({ names, about }) => names.map((name) => quoted(`${name}:${about}`)));
  return `#compdef llama2
# zsh completion for llama2; made by: llama2 completion zsh
_llama2() {
  local -a commands
  if (( CURRENT == 2 )); then
    commands=(
      ${described.join("\n      ")}
    )
    _describe command commands
    return
  fi
  local name="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$name" in
${commands.map(commandCase).join("\n")}
  esac
}
if [[ "$funcstack[1]" == _llama2 ]]; then _llama2 "$@"; else compdef _llama2 llama2; fi
`;
}

function commandCase({ names, options, arguments: args }: CommandGrammar): string {
  const specs = [...options.flatMap(optionSpecs), ...args.map(argumentSpec)];
  return `    ${names.join("|")})
      _arguments ${["-s", ...specs].join(" \\\n        ")} ;;`;
}

/** A spec for each name: `'--top-k[keep the most likely tokens]:count: '`. */
function optionSpecs({ names, about, value }: OptionGrammar): string[] {
  const action = value === undefined ? "" : `:${value.name}:${actionOf(value)}`;
  const text = about.replace(/[[\]\\:]/g, "\\$&");
  return names.map((name) => quoted(`*${name}[${text}]${action}`));
}

function argumentSpec(value: ValueGrammar): string {
  return quoted(`*:${value.name}:${actionOf(value)}`);
}

function actionOf({ kind, choices }: ValueGrammar): string {
  if (kind === "choices") return `(${choices.join(" ")})`;
  return kind === "file" ? "_files" : " ";
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
