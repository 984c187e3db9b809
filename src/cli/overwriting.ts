import { LlamaError } from "../errors.js";
import { shownPath } from "../files/failure.js";

/**
 * Does something that writes a file, and says by which flag one that is there is replaced.
 * @throws what `write` throws
 */
export async function writingFile<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof LlamaError) || error.code !== "exists") throw error;
    const message = `${shownPath(path)} already exists; choose another file, or overwrite it with --force.`;
    throw new LlamaError("exists", message, { cause: error });
  }
}
