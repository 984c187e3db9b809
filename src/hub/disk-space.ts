import { LlamaError, printable } from "../errors.js";
import { shownBytes } from "./file-errors.js";
import type { HubSettings } from "./settings.js";

/** @throws LlamaError `unwritable` where a folder that exists has no room for that many bytes more */
export async function checkSpace(settings: HubSettings, folder: string, bytes: number): Promise<void> {
  const free = await settings.freeBytes(folder).catch(() => Number.POSITIVE_INFINITY); // a file system that does not say
  if (bytes <= free) return;
  throw new LlamaError(
    "unwritable",
    `The download needs ${shownBytes(bytes)}, and the disk of ${printable(folder, 256)} has ${shownBytes(free)} free; make room, or set HF_HOME to a folder on another disk.`,
  );
}
