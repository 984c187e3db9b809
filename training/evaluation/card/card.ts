import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a run says of the model that it made. */
export interface Card {
  readonly markdown: string;
  /** SVG by file name, as the Markdown refers to it. */
  readonly plots: Readonly<Record<string, string>>;
}

/** Writes a card and, beside it, its plots. */
export function writeCard(folder: string, file: string, { markdown, plots }: Card): void {
  for (const [name, text] of Object.entries({ [file]: markdown, ...plots })) writeFileSync(join(folder, name), text);
}
