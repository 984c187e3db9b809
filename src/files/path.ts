import { fileURLToPath } from "node:url";
import { LlamaError } from "../errors.js";

/**
 * The path of a file that a caller named by a string or a `file:` URL.
 * @param what the argument, for the sentence that says it is missing: "the path of a model"
 * @throws LlamaError `option` for anything else
 */
export function toPath(given: string | URL, what: string): string {
  if (typeof given === "string" && given !== "") return given;
  const isFile = given instanceof URL && given.protocol === "file:";
  try {
    if (isFile) return fileURLToPath(given);
  } catch {
    // A host, or a slash in an escape: said below.
  }
  const found = given instanceof URL ? given.href : given === "" ? "an empty string" : String(given);
  throw new LlamaError("option", `Expected ${what}, as a string or a file: URL; found ${found}.`);
}
