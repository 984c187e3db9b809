import { LlamaError, printable } from "../../errors.js";
import { nearest } from "../../nearest.js";
import type { Dialogue } from "./dialogue.js";
import {
  contextLine,
  contextRows,
  SETTINGS_NOTE,
  settingRows,
  systemLine,
  templateLine,
  templateSource,
} from "./facts.js";

type Teller = (dialogue: Dialogue) => Promise<void> | void;

const TELLERS: Readonly<Record<string, Teller>> = {
  model: ({ partner, screen }) => screen.say(partner.facts.join("\n")),
  template: ({ local: { llama, chat }, screen }) => {
    const source = templateSource(llama, chat);
    screen.say(source === undefined ? templateLine(chat) : `${templateLine(chat)}\n${source}`);
  },
  system: ({ chat, screen }) => screen.say(systemLine(chat)),
  settings: showSettings,
  context: showContext,
};

/** What there is to show. */
export const SHOWN = Object.keys(TELLERS);

/** `/show`: one thing, or the outlines of all. */
export async function show(dialogue: Dialogue, argument: string): Promise<void> {
  if (argument !== "") return tellerOf(argument)(dialogue);
  const { partner, chat, settings, screen } = dialogue;
  const local = partner.local?.chat;
  const template = local === undefined ? [] : [templateLine(local)];
  const use = local === undefined ? [] : [contextLine(await local.promptUse(), local.contextSize)];
  screen.say([...partner.facts, ...template, systemLine(chat), ...use].join("\n"));
  const changed = settingRows(settings, { changedOnly: true });
  if (changed.length === 0) screen.say("settings: all at their defaults");
  else screen.table(changed, SETTINGS_NOTE);
}

/** `/set` alone */
export function showSettings({ settings, screen }: Pick<Dialogue, "settings" | "screen">): void {
  screen.table(settingRows(settings), SETTINGS_NOTE);
}

/** `/tokens` */
export async function showContext({ local: { chat }, screen }: Dialogue): Promise<void> {
  const use = await chat.promptUse();
  screen.say(contextLine(use, chat.contextSize));
  const rows = contextRows(use, chat);
  if (rows.length > 0) screen.table(rows);
}

function tellerOf(name: string): Teller {
  const wanted = name.toLowerCase();
  if (Object.hasOwn(TELLERS, wanted)) return TELLERS[wanted] as Teller;
  const like = nearest(wanted, SHOWN);
  const hint = like === undefined ? `choose from ${SHOWN.join(", ")}.` : `did you mean ${like}?`;
  throw new LlamaError("option", `Cannot show "${printable(name)}"; ${hint}`);
}
