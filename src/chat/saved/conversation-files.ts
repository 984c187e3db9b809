import type { GgufFile } from "../../gguf/file.js";
import { fingerprint } from "../../gguf/fingerprint.js";
import type { LoadedChat, SaveOptions } from "../options.js";
import type { ChatState } from "../state.js";
import { type CacheFile, CacheRefused, readCacheFile, requireReplaceable, writeCacheFile } from "./cache-file.js";
import { readTranscript, writeTranscript } from "./transcript.js";

/** Writes the conversation to `path`, and where it is wanted the KV cache to its file: see `ChatSession.save`. */
export async function saveConversation(path: string, state: ChatState, { cache = true }: SaveOptions): Promise<void> {
  const { conversation, session, contents } = state;
  const cacheFile = cacheFileOf(path, state);
  const { system, turns: messages, dropped: droppedExchanges } = conversation;
  if (cache) requireReplaceable(cacheFile.path);
  writeTranscript(path, { system, messages, droppedExchanges });
  if (cache && session.keepsAll(session.position)) {
    await writeCacheFile(cacheFile, session, contents.upTo(session.position));
  }
}

/** Puts a saved conversation in the place of the one in `state`: see `ChatSession.load`. */
export async function loadConversation(path: string, state: ChatState): Promise<LoadedChat> {
  const { system, messages, droppedExchanges } = readTranscript(path);
  state.conversation.replace(system, messages, droppedExchanges);
  try {
    state.contents = await readCacheFile(cacheFileOf(path, state), state.session);
    return { restored: "cache" };
  } catch (error) {
    state.contents = state.contents.upTo(state.session.position);
    if (error instanceof CacheRefused) return { restored: "transcript", reason: error.message };
    throw error;
  }
}

/** Where a conversation's cache is kept, and whose it is: adapters make another model of one. */
function cacheFileOf(path: string, { model, session, tokenizer }: ChatState): CacheFile {
  const adapters = session.loras
    .filter(({ scale }) => scale !== 0)
    .map(({ id, scale }) => `${fingerprint(model.loraFiles[id] as GgufFile)} x ${scale}`);
  return {
    path: `${path}.kv`,
    model: [fingerprint(model.file), ...adapters].join(" + "),
    vocabularySize: tokenizer.size,
  };
}
