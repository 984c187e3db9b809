import { fileURLToPath } from "node:url";
import { LlamaError, printable } from "../errors.js";

/**
 * The path of a file that a caller named by a string or a `file:` URL.
 * @param caller what it was given to, for the sentence that says it is something else: "Llama.load"
 * @throws LlamaError `option` for anything else
 */
export function toPath(given: string | URL, caller: string): string {
  if (typeof given === "string" && given !== "") return given;
  const isFile = given instanceof URL && given.protocol === "file:";
  try {
    if (isFile) return fileURLToPath(given);
  } catch {
    // A host, or a slash in an escape: said below.
  }
  throw new LlamaError(
    "option",
    `${caller} expects the path of a GGUF file or its file: URL (got ${describe(given)}).`,
  );
}

function describe(given: unknown): string {
  if (given instanceof URL) return `the URL ${printable(given.href, 256)}`;
  if (given === "") return "an empty text";
  return given === undefined || given === null ? String(given) : `a value of the type ${typeof given}`;
}
