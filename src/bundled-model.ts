import { platform } from "./platform/current.js";

/**
 * The path of the chat model in the package: 1.8 million parameters, little stories and small talk. models/README.md
 * says what it can do.
 */
export const bundledModelPath: string = platform.packagePath("models/tiny-llama-Q8_0.gguf");

/**
 * The path of the code model in the package: 1.8 million parameters, gaps in little functions over numbers, lists and
 * letters. models/tiny-code-llama.md says what it can do.
 */
export const bundledCodeModelPath: string = platform.packagePath("models/tiny-code-llama-Q8_0.gguf");
