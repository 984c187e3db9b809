import { runStats } from "../../show/run-stats.js";
import type { Dialogue } from "../dialogue.js";

/** Answers one message; where the screen shows no answers, it comes as the object that `llama2 generate --json` prints. */
export async function answerOnce(dialogue: Dialogue, message: string, loadMs: number): Promise<void> {
  const { text, tokens, promptTokens, finishReason, seed, stats } = await dialogue.send(message);
  if (dialogue.screen.showsAnswers) return;
  const report = { text, tokens, promptTokens, finishReason, seed, stats: runStats(dialogue.llama, loadMs, stats) };
  dialogue.screen.terminal.write(`${JSON.stringify(report)}\n`);
}
