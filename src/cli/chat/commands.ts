import { LlamaError, printable } from "../../errors.js";
import { nearest } from "../../nearest.js";
import { clear, edit, load, read, save, set, system, undo } from "./actions.js";
import type { Dialogue } from "./dialogue.js";
import { contextTable } from "./facts.js";
import { SHOWN, show } from "./show.js";
import type { Input } from "./typing/assembler.js";

/** A command of the chat. */
export interface ChatCommand {
  /** The first one is shown in the help. */
  readonly names: readonly string[];
  /** What stands behind it, as the help has it. */
  readonly argument?: string;
  readonly about: string;
  /** What Tab offers behind it. */
  readonly completion?: "files" | "settings" | "commands" | readonly string[];
  readonly run: (dialogue: Dialogue, argument: string) => Promise<void> | void;
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly ChatCommand[] = [
  {
    names: ["regen", "regenerate"],
    about: "answer the last message anew, with another seed",
    run: async (dialogue) => void (await dialogue.regenerate()),
  },
  {
    names: ["edit"],
    argument: "[TEXT]",
    about: "change the last message and answer it; alone it comes back into the line",
    run: edit,
  },
  { names: ["undo"], about: "take the last exchange back", run: undo },
  { names: ["clear"], about: "begin anew, with the same system prompt", run: clear },
  {
    names: ["read"],
    argument: "FILE [TEXT]",
    about: "say TEXT, and what is in the file",
    completion: "files",
    run: read,
  },
  {
    names: ["system"],
    argument: "[TEXT]",
    about: 'show or change the system prompt; "" is none',
    run: system,
  },
  {
    names: ["set"],
    argument: "[NAME [VALUE]]",
    about: "show or change settings, as /set temp 0.6 or /set stats on",
    completion: "settings",
    run: set,
  },
  { names: ["show"], argument: "[WHAT]", about: `show ${SHOWN.join(", ")}`, completion: SHOWN, run: show },
  {
    names: ["tokens"],
    about: "show how full the context is, message by message",
    run: async ({ llama, chat, screen }) => screen.say((await contextTable(llama, chat)).join("\n")),
  },
  {
    names: ["save"],
    argument: "[FILE]",
    about: "keep the conversation in a file, and its KV cache beside it",
    completion: "files",
    run: save,
  },
  {
    names: ["load"],
    argument: "[FILE]",
    about: "go on with a conversation from a file",
    completion: "files",
    run: load,
  },
  {
    names: ["help", "?"],
    argument: "[COMMAND]",
    about: "list the commands, or tell about one",
    completion: "commands",
    run: ({ screen }, argument) => screen.say(helpText(argument)),
  },
  { names: ["exit", "bye", "quit"], about: "leave, as Ctrl-D does", run: (dialogue) => dialogue.leave() },
];

const KEYS = `
  """                  begins a message of several lines, and ends it; a backslash
                       at the end of a line, or Alt-Enter, goes on with the next
  //                   a message that begins with a slash
  Ctrl-C               stops an answer and keeps what came; clears the line
  Ctrl-D               leaves
  Up, Down, Tab        what was typed before; names of commands and files`;

/** Does what was typed. */
export async function handle(dialogue: Dialogue, input: Input): Promise<void> {
  if (input.kind === "message") return dialogue.say(input.text);
  dialogue.cancelEdit();
  await getCommand(input.name).run(dialogue, input.argument);
}

export function findCommand(name: string): ChatCommand | undefined {
  const wanted = name.toLowerCase();
  return COMMANDS.find(({ names }) => names.includes(wanted));
}

/** @throws LlamaError `option` with the nearest name */
export function getCommand(name: string): ChatCommand {
  const command = findCommand(name);
  if (command !== undefined) return command;
  const names = COMMANDS.flatMap((each) => each.names);
  const like = nearest(name.toLowerCase(), names);
  const hint = like === undefined ? "/help lists them." : `did you mean /${like}?`;
  throw new LlamaError(
    "option",
    `There is no command /${printable(name)}; ${hint} A message that begins with a slash is written with two.`,
  );
}

function helpText(argument: string): string {
  if (argument !== "") {
    const command = getCommand(argument.replace(/^\//, ""));
    const [, ...others] = command.names;
    return `${row(command)}${others.length === 0 ? "" : ` (also ${others.map((name) => `/${name}`).join(", ")})`}`;
  }
  return `${COMMANDS.map(row).join("\n")}\n${KEYS}`;
}

function row({ names: [name = ""], argument = "", about }: ChatCommand): string {
  return `  ${`/${name} ${argument}`.padEnd(20)} ${about}`;
}
