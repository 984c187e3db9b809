import { LlamaError, printable } from "../../errors.js";
import { nearest } from "../../nearest.js";
import type { Dialogue } from "./dialogue.js";
import { contextTable, modelFacts, settingsTable, systemLine, templateLine, templateSource } from "./facts.js";

type Teller = (dialogue: Dialogue) => Promise<readonly string[]> | readonly string[];

const TELLERS: Readonly<Record<string, Teller>> = {
  model: ({ llama }) => modelFacts(llama),
  template: ({ llama, chat }) => [templateLine(chat), ...[templateSource(llama, chat)].filter((s) => s !== undefined)],
  system: ({ chat }) => [systemLine(chat)],
  settings: ({ settings }) => settingsTable(settings),
  context: ({ llama, chat }) => contextTable(llama, chat),
};

/** What there is to show. */
export const SHOWN = Object.keys(TELLERS);

/** `/show`: one thing, or the outlines of all. */
export async function show(dialogue: Dialogue, argument: string): Promise<void> {
  const { llama, chat, settings, screen } = dialogue;
  if (argument !== "") return screen.say((await tellerOf(argument)(dialogue)).join("\n"));
  const [use = ""] = await contextTable(llama, chat);
  const changed = settingsTable(settings).filter((_, index) => settings.rows[index]?.isDefault === false);
  const lines = [...modelFacts(llama), templateLine(chat), systemLine(chat), use];
  const about =
    changed.length === 0 ? ["settings: all at their defaults"] : ["settings other than the defaults:", ...changed];
  screen.say([...lines, ...about].join("\n"));
}

function tellerOf(name: string): Teller {
  const wanted = name.toLowerCase();
  if (Object.hasOwn(TELLERS, wanted)) return TELLERS[wanted] as Teller;
  const like = nearest(wanted, SHOWN);
  const hint = like === undefined ? `wanted is one of ${SHOWN.join(", ")}.` : `did you mean ${like}?`;
  throw new LlamaError("option", `There is nothing called "${printable(name)}" to show; ${hint}`);
}
