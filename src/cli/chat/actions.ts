import { readTranscript } from "../../chat/saved/transcript.js";
import { LlamaError, printable } from "../../errors.js";
import { shownPath } from "../../files/failure.js";
import { readTextFile } from "../../files/text.js";
import { schemaForm } from "../flags/form.js";
import { withoutControls } from "../show/plain-text.js";
import type { Dialogue } from "./dialogue.js";
import { exchanges, systemLine } from "./facts.js";
import { FORM, RESET } from "./settings.js";
import { showSettings } from "./show.js";
import { pathOf, splitPath } from "./typing/file-argument.js";

/** A file that is read into a message has a megabyte at most: more than any context holds. */
const MAX_READ_BYTES = 1 << 20;

/** `/edit`: another text in the place of the last message, or that message back in the line. */
export async function edit(dialogue: Dialogue, text: string): Promise<void> {
  const last = dialogue.chat.messages.findLast(({ role }) => role === "user")?.content;
  if (last === undefined) throw new LlamaError("option", "There is no message to edit yet; send one first.");
  if (text !== "") await dialogue.edit(text);
  else if (dialogue.screen.isInteractive) dialogue.beginEdit(last);
  else throw new LlamaError("option", "Without a terminal there is no line to edit; use /edit TEXT.");
}

/** `/undo` */
export async function undo(dialogue: Dialogue): Promise<void> {
  const question = dialogue.chat.undo();
  if (question === undefined) throw new LlamaError("option", "There is nothing to undo yet.");
  await dialogue.keep();
  dialogue.screen.note(`Removed "${printable(question)}" and its answer.`);
}

/** `/read`: a file's text behind what is said about it. */
export async function read(dialogue: Dialogue, argument: string): Promise<void> {
  if (argument === "") throw new LlamaError("option", "No file given; use /read FILE, or /read FILE TEXT.");
  const [path, about] = splitPath(argument);
  const text = readTextFile(path, "a text file", MAX_READ_BYTES);
  if (text.trim() === "") throw new LlamaError("format", `${shownPath(path)} is empty; choose a file with text in it.`);
  await dialogue.send(about === "" ? text : `${about}\n\n${text}`);
}

/** `/clear` */
export async function clear(dialogue: Dialogue): Promise<void> {
  dialogue.chat.clear();
  dialogue.begun();
  await dialogue.keep();
  const { system } = dialogue.chat;
  dialogue.screen.note(system === undefined ? "New conversation." : "New conversation, same system prompt.");
}

/** `/system`: shows the system prompt, or puts another in its place. */
export async function system(dialogue: Dialogue, text: string): Promise<void> {
  const { chat, screen } = dialogue;
  if (text === "") return screen.say(systemLine(chat));
  chat.setSystem(text === '""' ? undefined : text);
  await dialogue.keep();
  screen.note(chat.system === undefined ? "System prompt removed." : "System prompt changed.");
}

/** `/set`: shows all settings or one, or changes one. */
export async function set({ settings, screen }: Dialogue, argument: string): Promise<void> {
  const [, name = "", value = ""] = /^(\S*)\s*([\s\S]*)$/.exec(argument) ?? [];
  if (name === "") {
    showSettings({ settings, screen });
    return;
  }
  const isForm = settings.row(name).names.includes(FORM) && value !== "" && value.toLowerCase() !== RESET;
  if (isForm) settings.setForm(await schemaForm(value));
  else if (value !== "") settings.set(name, value);
  const row = settings.row(name);
  const about = value === "" ? ` (${row.about})` : "";
  screen.note(`${row.names[0]} is ${withoutControls(row.value) || "none"}${about}`);
}

/** `/save` */
export async function save(dialogue: Dialogue, argument: string): Promise<void> {
  const path = chosenPath(dialogue, argument, "/save");
  if (dialogue.chat.messages.length === 0) throw new LlamaError("option", "There is nothing to save yet.");
  refuseOtherFile(path);
  await dialogue.save(path);
  dialogue.screen.note(`Saved ${exchanges(dialogue.chat)} to ${shownPath(path)}.`);
}

/** A conversation may take the place of another, and of nothing else. */
function refuseOtherFile(path: string): void {
  try {
    readTranscript(path);
  } catch (error) {
    if (!(error instanceof LlamaError)) throw error;
    if (error.code === "not-found") return;
    throw new LlamaError(
      "unwritable",
      `${shownPath(path)} already exists and is not a saved conversation; choose another file.`,
      { cause: error },
    );
  }
}

/** `/load` */
export async function load(dialogue: Dialogue, argument: string): Promise<void> {
  const path = chosenPath(dialogue, argument, "/load");
  await dialogue.load(path);
  dialogue.screen.note(`Loaded ${exchanges(dialogue.chat)} from ${shownPath(path)}.`);
  await dialogue.keep();
}

function chosenPath({ sessionPath }: Dialogue, argument: string, command: string): string {
  const path = argument === "" ? sessionPath : pathOf(argument);
  if (path !== undefined) return path;
  throw new LlamaError("option", `No file given; use ${command} FILE, or start the chat with --session FILE.`);
}
