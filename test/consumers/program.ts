import {
  type BestOf,
  bundledModelPath,
  type ChatAnswer,
  type GenerateOptions,
  Llama,
  LlamaError,
  type Reward,
  type RewardModel,
  type Score,
  type Session,
} from "llama2";
import { createProvider } from "llama2/ai-sdk";

const options: GenerateOptions = { maxTokens: 8, seed: 1 };
const llama: Llama = await Llama.load(process.env["MODEL"] ?? bundledModelPath, { threads: 2 });
let text = "";
for await (const piece of llama.generate("Once upon a time", options)) text += piece;
const session: Session = llama.createSession();
const logits: Float32Array = await session.evaluate(llama.tokenizer.encode("a"));
const chat = await llama.createChat();
const answering: ChatAnswer = chat.send("What is 3 + 4?", { temperature: 0 });
let answer = "";
for await (const piece of answering) answer += piece;
const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "What is 3 + 4?" }] }];
const { content } = await createProvider(llama)("tiny").doGenerate({ prompt, temperature: 0 });
if (content[0]?.type !== "text" || content[0].text !== answer) throw new LlamaError("answer", "another answer");
const rewards: readonly Reward[] = [(said) => said.length, async (_, { tokens }) => -tokens.length];
const chosen: BestOf[] = [];
for (const reward of rewards) chosen.push(await llama.bestOf("Once upon a time", { ...options, k: 3, reward }));
const scores: readonly (number | undefined)[] = chosen.flatMap(({ candidates }) =>
  candidates.map(({ score }) => score),
);
if (!scores.every(Number.isFinite)) throw new LlamaError("numeric", "an answer without a score");
const judge: RewardModel = llama;
const refused: Score | string = await judge.score("a", "b").catch((error: LlamaError) => error.code);
if (refused !== "unsupported") throw new LlamaError("answer", "a model that writes gave a score");
// @ts-expect-error: a reward is a number
llama.bestOf("a", { k: 1, maxTokens: 0, reward: () => "good" }).catch(() => undefined);
await llama.dispose();
if (logits.length !== llama.tokenizer.size) throw new LlamaError("numeric", "logits of another size");
// @ts-expect-error: a path is asked for
const wrong: Promise<Llama> = Llama.load(1);
wrong.catch(() => undefined);
console.log(JSON.stringify({ text, answer }));
