// Run from a checkout or where llama2 is installed: node examples/generate.js [model.gguf] ["Once upon a time"]
import { bundledModelPath, Llama } from "llama2";

const [, , path = bundledModelPath, prompt = "Once upon a time"] = process.argv;

const llama = await Llama.load(path);
const answer = llama.generate(prompt, { maxTokens: 100, temperature: 0.7, seed: 1 });
for await (const text of answer) process.stdout.write(text);
console.log(`\n\n${answer.tokens.length} tokens, ${answer.stats.tokensPerSecond.toFixed(0)} a second`);
await llama.dispose();
