// Run from a checkout or where llama2 is installed: node examples/chat.js [model.gguf]
import { createInterface } from "node:readline/promises";
import { bundledModelPath, Llama } from "llama2";

const [, , path = bundledModelPath] = process.argv;

const llama = await Llama.load(path);
const chat = await llama.createChat();
const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: "> " });

let answer = new AbortController();
terminal.on("SIGINT", () => answer.abort()); // ends the answer; what came so far stays in the conversation

process.stdout.write("> ");
for await (const question of terminal) {
  answer = new AbortController();
  for await (const text of chat.send(question, { signal: answer.signal, seed: 1 })) process.stdout.write(text);
  process.stdout.write("\n> "); // terminal.prompt() throws once a pipe has ended
}

console.log(`\n${chat.messages.length} messages, ${chat.position} of ${chat.contextSize} tokens`);
chat.dispose();
await llama.dispose();
