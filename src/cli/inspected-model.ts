import type { GgufFile } from "../gguf/file.js";
import { openGguf } from "../gguf/open.js";
import { isElsewhere } from "../model-place.js";
import type { HubFlags } from "./flags/hub.js";
import { hubOptions } from "./model-place.js";
import type { Terminal } from "./terminal.js";

/**
 * The header, metadata and tensor table of a model, wherever it is: of one on a server that is not in the cache, a few
 * MB are read, and nothing is kept.
 * @throws LlamaError as for a model that is loaded; the signal's reason
 */
export async function openInspected(
  terminal: Terminal,
  name: string,
  flags: HubFlags,
  signal: AbortSignal,
): Promise<GgufFile> {
  if (!isElsewhere(name)) return openGguf(name);
  const [{ findCachedModel }, { openRemoteFiles }, { readRemoteModel }] = await Promise.all([
    import("../hub/find-model.js"),
    import("../hub/remote-file.js"),
    import("../gguf/remote-model.js"),
  ]);
  const options = hubOptions(terminal, flags, signal);
  const cached = await findCachedModel(name, options);
  if (cached !== undefined) return openGguf(cached.path);
  const spinner = await terminal.spinner("Reading the model's header");
  const files = await openRemoteFiles(name, options).catch((error: unknown) => {
    spinner.stop();
    throw error;
  });
  try {
    const ranged = files.map(async (file) => {
      await file.head(1);
      return {
        name: file.name.replace(/@[^/@]*$/, ""),
        size: file.size ?? Number.MAX_SAFE_INTEGER,
        read: async (start: number, end: number) => (await file.head(end)).slice(start, end),
      };
    });
    return await readRemoteModel(await Promise.all(ranged));
  } finally {
    spinner.stop();
    for (const file of files) file.close();
  }
}
