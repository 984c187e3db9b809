/**
 * What inputs cost that are made to cost much: `npm run attacks`, or those with a word in their name: `npm run attacks
 * -- regex`. Seconds are the processor's, of the whole process; work is counted by src/grammar/work.ts. Where the
 * answer costs, its dearest token is told. Each is new to the process, which has compiled others before it.
 * @param word of the names
 * @param vocabulary a GGUF file, for the tokens of answers
 */
import { bundledModelPath } from "#dist/bundled-model.js";
import { LlamaError } from "#dist/errors.js";
import { Grammar } from "#dist/grammar/grammar.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { ATTACKS, type Attack } from "./attacks.js";

const [, , word = "", vocabulary = bundledModelPath] = process.argv;
const tokenizer = await Tokenizer.load(vocabulary);
const encode = (text: string) => tokenizer.encode(text, { addBos: false, addSpacePrefix: false });
Grammar.fromRegex("a").createMatcher(tokenizer);

const table: Record<string, object> = {};
for (const attack of ATTACKS) if (attack.name.includes(word)) table[attack.name] = measure(attack);
console.table(table);

function measure({ compile, text }: Attack): object {
  const compiling = clock();
  let grammar: Grammar;
  try {
    grammar = compile();
  } catch (error) {
    return { seconds: compiling(), result: sentence(error) };
  }
  const compiled = { seconds: compiling(), work: grammar.cost, result: "compiled" };
  return text === undefined ? compiled : { ...compiled, ...follow(grammar, text) };
}

/** Takes a text token by token, as an answer is. */
function follow(grammar: Grammar, text: string): object {
  const matcher = grammar.createMatcher(tokenizer);
  let dearest = 0;
  for (const [i, id] of encode(text).entries()) {
    const token = clock();
    try {
      matcher.mask();
      matcher.forcedTokens(encode);
      if (!matcher.accept(id)) return { dearest, result: `not allowed at token ${i}` };
    } catch (error) {
      return { dearest: Math.max(dearest, token()), result: `${i} tokens, then: ${sentence(error)}` };
    }
    dearest = Math.max(dearest, token());
  }
  return { dearest };
}

/** @returns what tells the seconds that the processor worked since */
function clock(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return Math.round((user + system) / 1000) / 1000;
  };
}

function sentence(error: unknown): string {
  if (error instanceof LlamaError) return error.message.slice(0, 120);
  throw error;
}
