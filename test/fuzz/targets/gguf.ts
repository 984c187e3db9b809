import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chooseTemplate } from "#dist/chat/templates/choose.js";
import { parseGguf } from "#dist/gguf/parse.js";
import { readConfig } from "#dist/model/config.js";
import { ropeAngles } from "#dist/model/rope.js";
import { findWeights } from "#dist/model/weights.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { fixtureBytes, fixtureModel } from "../../helpers/model-fixture.js";
import { root } from "../../helpers/paths.js";
import { isRefusal, type Target, texts } from "../target.js";

const TEXT = "The rain <s> 漢字 \u{1f600}\n";

/** A model file, up to what would be planned and tokenized with it. */
export const gguf: Target = {
  name: "gguf",
  modules: ["/gguf/", "/model/", "/tokenizer/vocab", "/chat/templates/choose"],
  seeds: () => [
    fixtureBytes(fixtureModel()),
    fixtureBytes(fixtureModel({ experts: 3, expertsUsed: 2, layers: 1, hiddenDim: 32, biases: ["attention"] })),
    // The head of the model in the package, with a little of its data.
    new Uint8Array(readFileSync(join(root, "models", "tiny-llama-Q8_0.gguf")).subarray(0, 40_000)),
  ],
  words: texts(
    ..."GGUF general.architecture general.alignment llama mistral llama.block_count llama.context_length".split(" "),
    ..."llama.embedding_length llama.attention.head_count llama.attention.head_count_kv llama.rope.freq_base".split(
      " ",
    ),
    ..."llama.rope.scaling.type llama.rope.scaling.factor llama.attention.sliding_window llama.vocab_size".split(" "),
    ..."llama.expert_count llama.expert_used_count blk.0.ffn_up_exps.weight blk.0.ffn_up.2.weight".split(" "),
    ..."tokenizer.ggml.model gpt2 tokenizer.ggml.pre tokenizer.ggml.tokens tokenizer.ggml.scores".split(" "),
    ..."tokenizer.ggml.token_type tokenizer.ggml.merges tokenizer.ggml.eos_token_id tokenizer.chat_template".split(" "),
    ..."token_embd.weight output.weight rope_freqs.weight blk.0.attn_q.weight split.count __proto__ <0x0A>".split(" "),
  ),
  run(input) {
    try {
      const file = parseGguf(input);
      for (const { name, offset, bytes } of file.tensors) {
        if (offset + bytes > input.length) throw new Error(`tensor ${name} reaches past the file`);
      }
      const config = refusedOr(() => {
        const read = readConfig(file.metadata);
        findWeights(file, read);
        return read;
      });
      if (config !== undefined) ropeAngles(config.rope);
      const tokenizer = Tokenizer.fromMetadata(file.metadata);
      const ids = tokenizer.encode(TEXT, { parseSpecial: true });
      for (const id of ids) {
        if (!(id >= 0 && id < tokenizer.size)) throw new Error(`encoded an id that does not exist: ${id}`);
      }
      tokenizer.decode(ids);
      chooseTemplate(file.metadata, tokenizer, {});
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  },
};

/** What a vocabulary needs no weights for must not depend on them. */
function refusedOr<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
}
