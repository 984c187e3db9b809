import { bundledModelPath, Llama } from "llama2";

const llama = await Llama.load(process.env.MODEL ?? bundledModelPath, { threads: 2 });
let text = "";
for await (const piece of llama.generate("Once upon a time", { maxTokens: 8, seed: 1 })) text += piece;
// The chat renders the template of the file, which runs in a thread of its own.
const chat = await llama.createChat();
let answer = "";
for await (const piece of chat.send("What is 3 + 4?", { temperature: 0 })) answer += piece;
await llama.dispose();
console.log(JSON.stringify({ text, answer }));
