import { parseGguf } from "#dist/gguf/parse.js";
import { readAdapter, withAdapters } from "#dist/model/adapters.js";
import { type ModelConfig, readConfig } from "#dist/model/config.js";
import { partsOf } from "#dist/model/layer.js";
import { findWeights, type ModelWeights } from "#dist/model/weights.js";
import { adapterBytes, fixtureAdapter } from "../../helpers/adapter-fixture.js";
import { fixtureBytes, fixtureModel } from "../../helpers/model-fixture.js";
import { isRefusal, type Target, texts } from "../target.js";

const model = fixtureModel();
let base: { readonly config: ModelConfig; readonly weights: ModelWeights } | undefined;

function readBase() {
  const file = parseGguf(fixtureBytes(model));
  const config = readConfig(file.metadata);
  return { config, weights: findWeights(file, config) };
}

/** A file of LoRA beside a model, up to what would be planned with it. */
export const adapter: Target = {
  name: "adapter",
  modules: ["/model/adapters", "/gguf/"],
  seeds: () => [
    adapterBytes(fixtureAdapter(model, { changes: (name) => !name.startsWith("blk.1") })),
    adapterBytes(fixtureAdapter(model, { type: "F16", rank: 1, changes: (name) => name.includes("attn_v") })),
  ],
  words: texts(
    ..."GGUF general.type general.architecture adapter adapter.type adapter.lora.alpha lora llama mistral".split(" "),
    ..."blk.0.attn_q.weight.lora_a blk.0.attn_q.weight.lora_b token_embd.weight.lora_a output.weight.lora_b".split(" "),
    ..."adapter.alora.invocation_tokens attn_norm.weight .lora_a .lora_b __proto__ constructor".split(" "),
  ),
  run(input) {
    base ??= readBase();
    try {
      const file = parseGguf(input);
      const found = readAdapter(file, base.config, base.weights);
      for (const [name, { rank, factor, a, b }] of found) {
        if (!(rank >= 1) || !Number.isFinite(factor)) throw new Error(`rank ${rank} and factor ${factor} of ${name}`);
        for (const { offset, bytes } of [a, b]) {
          if (offset + bytes > input.length) throw new Error(`the adapter of ${name} reaches past the file`);
        }
      }
      const { layers, output } = withAdapters(base.weights, [found, found]);
      const adapted = [output, ...layers.flatMap(partsOf)];
      for (const { name, dims, adapters = [] } of adapted) {
        for (const { a, b } of adapters) {
          if (a.dims[0] !== dims[0] || b.dims[1] !== dims[1]) throw new Error(`the adapter of ${name} does not fit`);
        }
      }
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  },
};
