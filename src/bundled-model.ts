import { platform } from "./platform/current.js";

/**
 * The path of the model in the package: 1.8 million parameters, little stories and small talk. models/README.md says
 * what it can do.
 */
export const bundledModelPath: string = platform.packagePath("models/tiny-llama-Q8_0.gguf");
