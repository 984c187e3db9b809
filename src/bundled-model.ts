import { fileURLToPath, pathToFileURL } from "node:url";
import { findPackageFile } from "./platform/node/package-file.js";

const FILE = "models/tiny-llama-Q8_0.gguf";

/**
 * The path of the model in the package: 1.8 million parameters, little stories and small talk. models/README.md says
 * what it can do.
 */
export const bundledModelPath: string = fileURLToPath(findPackageFile(FILE) ?? pathToFileURL(FILE));
