import { fileURLToPath } from "node:url";

/**
 * The path of the model in the package: 1.8 million parameters, little stories and small talk. models/README.md says
 * what it can do.
 */
export const bundledModelPath: string = fileURLToPath(new URL("../models/tiny-llama-Q8_0.gguf", import.meta.url));
