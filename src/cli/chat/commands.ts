import { LlamaError, printable } from "../../errors.js";
import { nearest } from "../../nearest.js";
import { clear, edit, load, read, save, set, system, undo } from "./actions.js";
import type { Dialogue } from "./dialogue.js";
import type { ColumnRow } from "./reading/columns.js";
import { SHOWN, show, showContext } from "./show.js";
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
    about: "regenerate the last answer, with another seed",
    run: async (dialogue) => void (await dialogue.regenerate()),
  },
  {
    names: ["edit"],
    argument: "[TEXT]",
    about: "replace the last message and answer it; without TEXT, edit it in the line",
    run: edit,
  },
  { names: ["undo"], about: "remove the last message and its answer", run: undo },
  { names: ["clear"], about: "start over, with the same system prompt", run: clear },
  {
    names: ["read"],
    argument: "FILE [TEXT]",
    about: "send TEXT followed by the file's contents",
    completion: "files",
    run: read,
  },
  {
    names: ["system"],
    argument: "[TEXT]",
    about: 'show or change the system prompt; "" removes it',
    run: system,
  },
  {
    names: ["set"],
    argument: "[NAME [VALUE]]",
    about: "show or change settings, e.g. /set temp 0.6 or /set temp default",
    completion: "settings",
    run: set,
  },
  { names: ["show"], argument: "[WHAT]", about: `show ${SHOWN.join(", ")}`, completion: SHOWN, run: show },
  {
    names: ["tokens"],
    about: "show how full the context is, message by message",
    run: showContext,
  },
  {
    names: ["save"],
    argument: "[FILE]",
    about: "save the conversation to a file, with its KV cache beside it",
    completion: "files",
    run: save,
  },
  {
    names: ["load"],
    argument: "[FILE]",
    about: "resume a conversation from a file",
    completion: "files",
    run: load,
  },
  {
    names: ["help", "?"],
    argument: "[COMMAND]",
    about: "list the commands, or explain one",
    completion: "commands",
    run: help,
  },
  { names: ["exit", "bye", "quit"], about: "leave (so does Ctrl-D)", run: (dialogue) => dialogue.leave() },
];

const KEYS: readonly ColumnRow[] = [
  ['"""', "begins a message of several lines, and ends it"],
  ["\\ or Alt-Enter", "at the end of a line: continue the message on the next"],
  ["//", "begins a message that starts with a slash"],
  ["Ctrl-C", "stops an answer and keeps what came; clears the line"],
  ["Ctrl-D", "leaves"],
  ["Up, Down", "what was typed before"],
  ["Ctrl-R", "searches what was typed before; again for the next older"],
  ["Tab", "completes commands, settings and file names"],
];

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
    `There is no command /${printable(name)}; ${hint} To send a message that starts with a slash, type two.`,
  );
}

/** `/help` */
function help({ screen }: Dialogue, argument: string): void {
  if (argument === "") {
    screen.table([...COMMANDS.map(row), ["", ""], ...KEYS]);
    return;
  }
  const command = getCommand(argument.replace(/^\//, ""));
  const [, ...others] = command.names;
  const [left, about] = row(command);
  screen.table([
    [left, others.length === 0 ? about : `${about} (also ${others.map((name) => `/${name}`).join(", ")})`],
  ]);
}

function row({ names: [name = ""], argument = "", about }: ChatCommand): ColumnRow {
  return [`/${name} ${argument}`.trimEnd(), about];
}
