import type { LoadedChat, SaveOptions } from "../options.js";
import type { ChatState } from "../state.js";
import { type CacheFile, CacheRefused, readCacheFile, requireReplaceable, writeCacheFile } from "./cache-file.js";
import { readTranscript, writeTranscript } from "./transcript.js";

/** Writes the conversation to `path`, and where it is wanted the KV cache to its file: see `ChatSession.save`. */
export async function saveConversation(
  path: string,
  cacheFile: CacheFile,
  { conversation, session, contents }: ChatState,
  { cache = true }: SaveOptions,
): Promise<void> {
  const { system, turns: messages, dropped: droppedExchanges } = conversation;
  if (cache) requireReplaceable(cacheFile.path);
  writeTranscript(path, { system, messages, droppedExchanges });
  if (cache && session.keepsAll(session.position)) {
    await writeCacheFile(cacheFile, session, contents.upTo(session.position));
  }
}

/** Puts a saved conversation in the place of the one in `state`: see `ChatSession.load`. */
export async function loadConversation(path: string, cacheFile: CacheFile, state: ChatState): Promise<LoadedChat> {
  const { system, messages, droppedExchanges } = readTranscript(path);
  state.conversation.replace(system, messages, droppedExchanges);
  try {
    state.contents = await readCacheFile(cacheFile, state.session);
    return { restored: "cache" };
  } catch (error) {
    state.contents = state.contents.upTo(state.session.position);
    if (error instanceof CacheRefused) return { restored: "transcript", reason: error.message };
    throw error;
  }
}
