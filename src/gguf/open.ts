import { toPath } from "../files/path.js";
import { FileSource } from "../files/source.js";
import type { GgufFile } from "./file.js";
import { readGguf } from "./parse.js";
import { joinShards } from "./shards.js";

/**
 * Reads the header, metadata and tensor table of a GGUF file (version 2 or 3, little-endian), and of the other shards
 * where it is the first of several. Nothing in the result reaches past a file's end.
 * @throws LlamaError `not-found`, `unreadable`, `format`, `unsupported`
 */
export function openGguf(path: string | URL): GgufFile {
  return joinShards(openOne(toPath(path, "the path of a GGUF file")), openOne);
}

function openOne(path: string): GgufFile {
  const source = new FileSource(path, "a GGUF file");
  try {
    return readGguf(source, path);
  } finally {
    source.close();
  }
}
