import type { Random } from "#dist/random.js";
import { checkAnswer } from "../corpus/answer-checker.js";
import { pick } from "../corpus/choice.js";
import type { DialogueKind } from "../corpus/dialogue.js";
import { type HelpfulQuestion, trainingQuestion } from "../corpus/task.js";
import type { Example } from "../data/example-file.js";
import { promptOf } from "../data/turn.js";
import type { Sample } from "../sampling/sampler.js";
import { madeOnce, type PathContext, sampleAll, textOf, withTeam } from "./context.js";
import { randomFor, seedFor } from "./seeds.js";

/** What an answer is to be like, for as long as the dialogue lasts. */
export interface Instruction {
  readonly text: string;
  readonly follow: (answer: string) => string;
  readonly isFollowed: (answer: string) => boolean;
}

export const INSTRUCTIONS: readonly Instruction[] = [
  {
    text: "Always end with Meow!",
    follow: (answer) => `${answer} Meow!`,
    isFollowed: (answer) => answer.endsWith(" Meow!"),
  },
  {
    text: "Always begin with Dear friend.",
    follow: (answer) => `Dear friend. ${answer}`,
    isFollowed: (answer) => answer.startsWith("Dear friend. "),
  },
  {
    text: "Answer in one word.",
    follow: (answer) => (answer.split(" ").at(-1) as string).replace(/\.$/, ""),
    isFollowed: (answer) => /^\S+$/.test(answer),
  },
];

/** Of these the last word is the answer. */
const KINDS: readonly DialogueKind[] = ["opposite", "color", "sum"];

/** A question under an instruction, and the answer to it: what a chat model has to know of one turn. */
export function instructedTurn(random: Random): { readonly user: string; readonly answer: string } {
  const { text, follow } = pick(random, INSTRUCTIONS);
  const { user, answer } = trainingQuestion(random, pick(random, KINDS));
  return { user: `${text} ${user}`, answer: follow(answer) };
}

/** A dialogue under one instruction, as far as it has come. */
interface Dialogue {
  readonly instruction: Instruction;
  readonly questions: readonly HelpfulQuestion[];
  readonly answers: Sample[];
}

/** What is answered where the context is full. */
const SILENCE: Sample = { ids: [], logProbabilities: [], ended: false };

/**
 * Ghost attention ("Llama 2", Touvron et al. 2023, section 3.3): the instruction stands in every turn while the model
 * answers, and in the first alone when it learns, from the last answer only. Dialogues are kept in which all answers
 * follow it.
 */
export async function ghostExamples(
  context: PathContext,
  chat: Float32Array,
  instructions: readonly Instruction[] = INSTRUCTIONS,
): Promise<Example[]> {
  const { recipe, tokenizer, seed } = context;
  const name = "ghosts";
  return madeOnce(context, `${name}.jsonl`, async () => {
    const random = randomFor(seed, name);
    const dialogues = Array.from({ length: recipe.ghosts }, () =>
      beginDialogue(random, 2 + (random.nextUint32() % 3), instructions),
    );
    await converse(context, name, chat, dialogues, true);
    return dialogues
      .filter(({ instruction, answers }) =>
        answers.every((answer) => answer.ended && instruction.isFollowed(textOf(tokenizer, answer))),
      )
      .map((dialogue) => {
        const ids = idsBefore(context, dialogue, dialogue.answers.length - 1, false);
        return { ids: [...ids, ...(dialogue.answers.at(-1) as Sample).ids], from: ids.length };
      });
  });
}

/**
 * How often an instruction of the first turn is still followed, at some later turns, by the model's own account of the
 * dialogue so far; and how often such an answer is right too.
 */
export async function ghostRecall(
  context: PathContext,
  name: string,
  chat: Float32Array,
  count: number,
): Promise<{ turn: number; followed: number; right: number }[]> {
  const { tokenizer, seed } = context;
  const random = randomFor(seed, "recall");
  const dialogues = Array.from({ length: count }, () => beginDialogue(random, 8));
  await converse(context, name, chat, dialogues, false);
  return [1, 2, 4, 6, 8].map((turn) => {
    let followed = 0;
    let right = 0;
    for (const { instruction, questions, answers } of dialogues) {
      const text = textOf(tokenizer, answers[turn - 1] as Sample);
      const question = questions[turn - 1] as HelpfulQuestion;
      if (!instruction.isFollowed(text)) continue;
      followed++;
      if (text === instruction.follow(question.answer) || checkAnswer(question, text)) right++;
    }
    return { turn, followed: followed / count, right: right / count };
  });
}

function beginDialogue(random: Random, turns: number, instructions = INSTRUCTIONS): Dialogue {
  const questions = Array.from({ length: turns }, () => trainingQuestion(random, pick(random, KINDS)));
  return { instruction: pick(random, instructions), questions, answers: [] };
}

/** Has all questions answered, one turn of all dialogues after the other. */
async function converse(
  context: PathContext,
  name: string,
  chat: Float32Array,
  dialogues: readonly Dialogue[],
  everywhere: boolean,
): Promise<void> {
  const { recipe, seed } = context;
  const turns = Math.max(...dialogues.map(({ questions }) => questions.length));
  const converseWith = async (team: Parameters<typeof sampleAll>[2]) => {
    for (let turn = 0; turn < turns; turn++) {
      const mostTokens = recipe.longestInstructedAnswer;
      const open = dialogues.flatMap((dialogue, i) => {
        if (dialogue.questions.length <= turn) return [];
        const ids = idsBefore(context, dialogue, turn, everywhere);
        if (ids.length + mostTokens <= recipe.shape.contextLength) {
          return [{ dialogue, prompt: { ids, seed: seedFor(seed, name, turn, i) } }];
        }
        dialogue.answers.push(SILENCE);
        return [];
      });
      const prompts = open.map(({ prompt }) => prompt);
      const samples = await sampleAll(context, name, team, prompts, { temperature: recipe.temperature, mostTokens });
      for (const [i, { dialogue }] of open.entries()) dialogue.answers.push(samples[i] as Sample);
    }
  };
  await withTeam(context, chat, converseWith, { samples: true });
}

/** A dialogue up to the question of a turn, with the instruction in every turn or in the first alone. */
function idsBefore(
  { tokenizer }: PathContext,
  { instruction, questions, answers }: Dialogue,
  turn: number,
  everywhere: boolean,
): number[] {
  return questions.slice(0, turn + 1).flatMap(({ user }, i) => {
    const asked = promptOf(tokenizer, everywhere || i === 0 ? `${instruction.text} ${user}` : user);
    return i < turn ? [...asked, ...(answers[i] as Sample).ids] : asked;
  });
}
