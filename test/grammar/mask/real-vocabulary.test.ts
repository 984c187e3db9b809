import assert from "node:assert/strict";
import { test } from "node:test";
import { Grammar } from "#dist/grammar/grammar.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { seededRandom } from "../../helpers/random.js";
import { needsReference, referencePath } from "../../helpers/reference.js";
import { EXAMPLES } from "../gbnf/grammars.js";
import { idsOf } from "../vocabulary.js";

const EXTRA = {
  lengths: { source: 'root ::= "\\"" [^"\\n]{3,30} "\\"" ("," root)?' },
  words: { source: "root ::= ([a-zà-ÿ]+ [ .]){2,40}" },
};

test("masks of Llama's vocabulary are what its tokens say one by one", needsReference, async () => {
  const tokenizer = await Tokenizer.load(referencePath("tokenizer/ggml-vocab-llama-spm.gguf"));
  const random = seededRandom(32);
  for (const [name, { source }] of Object.entries({ ...EXAMPLES, ...EXTRA })) {
    const grammar = Grammar.fromGbnf(source);
    const matcher = grammar.createMatcher(tokenizer);
    for (let round = 0; round < 8; round++) {
      matcher.rollback(matcher.length);
      for (let length = Math.floor(random() * 12); length > 0; length--) {
        const ids = idsOf(matcher.mask()).filter((id) => !tokenizer.isEndOfGeneration(id));
        // Short tokens and long ones alike.
        if (ids.length > 0) matcher.accept(ids[Math.floor(random() ** 2 * ids.length)] as number);
      }
      const wanted: number[] = [];
      for (let id = 0; id < tokenizer.size; id++) {
        if (tokenizer.isEndOfGeneration(id) ? matcher.isComplete : isAllowed(id)) wanted.push(id);
      }
      assert.deepEqual(idsOf(matcher.mask()), wanted, `${name} after ${matcher.length} tokens`);
    }
    function isAllowed(id: number): boolean {
      const bytes = tokenizer.bytesOf(id);
      return bytes.length > 0 && matcher.allows(bytes);
    }
  }
});
