import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { convertModel } from "#dist/convert/convert-model.js";
import { readTensorData } from "#dist/gguf/data.js";
import { openGguf } from "#dist/gguf/open.js";
import { readVocabulary } from "#dist/tokenizer/read-vocabulary.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { withEngine } from "../helpers/engine.js";
import { needsReference, readReference, referencePath } from "../helpers/reference.js";
import { sentence } from "../helpers/sentence.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const PARTS = ["attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_down", "ffn_up"];
const HEADER = [64, 172, 5, 8, 4, 512, 512];

/** The stories model in llama2.c's format: the weights of its GGUF file in the order of export.py. */
function writeStories(path: string, version: 0 | 1): void {
  const file = openGguf(referencePath("stories260K", "stories260K-F32.gguf"));
  const data = (name: string) => {
    const tensor = file.tensors.find((t) => t.name === `${name}.weight`);
    assert.ok(tensor, name);
    return Buffer.from(readTensorData(tensor));
  };
  const layers = (part: string) => [0, 1, 2, 3, 4].map((layer) => data(`blk.${layer}.${part}`));
  const header = Buffer.from(Int32Array.from(HEADER).buffer);
  const tables = Buffer.alloc(512 * 8 * 4);
  const isNorm = (part: string) => part.endsWith("_norm");
  const parts =
    version === 0
      ? [header, data("token_embd"), ...PARTS.flatMap(layers), data("output_norm"), tables]
      : [
          Buffer.from(Int32Array.of(0x616b3432, 1).buffer),
          header,
          Buffer.from([1]),
          Buffer.alloc(256 - 37),
          ...PARTS.filter(isNorm).flatMap(layers),
          data("output_norm"),
          data("token_embd"),
          ...PARTS.filter((part) => !isNorm(part)).flatMap(layers),
        ];
  writeFileSync(path, Buffer.concat(parts));
  const { pieces, scores } = readVocabulary(file.metadata);
  const own = new Map([
    ["<s>", "\n<s>\n"],
    ["</s>", "\n</s>\n"],
  ]);
  const tokens = pieces.map((piece, id) => {
    const bytes = Buffer.from(own.get(piece) ?? piece.replaceAll("▁", " "));
    const head = Buffer.alloc(8);
    head.writeFloatLE(scores[id] ?? 0);
    head.writeInt32LE(bytes.length, 4);
    return Buffer.concat([head, bytes]);
  });
  writeFileSync(join(folder, "tokenizer.bin"), Buffer.concat([Buffer.from(Int32Array.of(27).buffer), ...tokens]));
}

interface Greedy {
  readonly prompts: readonly { readonly prompt: string; readonly prompt_ids: number[]; readonly ids: number[] }[];
}

for (const version of [0, 1] as const) {
  test(
    `stories in llama2.c's version ${version} give the reference's ids and greedy tokens`,
    needsReference,
    async () => {
      const source = join(folder, `stories${version}.bin`);
      const output = join(folder, `stories${version}.gguf`);
      writeStories(source, version);
      await convertModel(source, output);
      const tokenizer = await Tokenizer.load(output);
      const reference = readReference<Greedy>("stories260K", "greedy.json");
      assert.ok(reference.prompts.length >= 10);
      await withEngine(output, {}, async (engine) => {
        for (const { prompt, prompt_ids, ids } of reference.prompts) {
          assert.deepEqual([...tokenizer.encode(prompt)], prompt_ids);
          const cache = engine.createCache();
          let logits = await engine.evaluate(cache, prompt_ids);
          for (const id of ids.slice(0, 60)) {
            assert.equal(logits.indexOf(Math.max(...logits)), id);
            logits = await engine.evaluate(cache, [id]);
          }
        }
      });
    },
  );
}

test(
  "checkpoints that are cut short, of version 2, or without their tokenizer are refused",
  needsReference,
  async () => {
    const source = join(folder, "broken.bin");
    writeStories(source, 0);
    const whole = Buffer.concat([Buffer.from(Int32Array.from(HEADER).buffer), Buffer.alloc(1000)]);
    const refuse = async (bytes: Uint8Array, code: string, says: RegExp) => {
      writeFileSync(source, bytes);
      await assert.rejects(convertModel(source, join(folder, "none.gguf")), sentence(code, says));
    };
    await refuse(whole, "format", /broken\.bin has 1028 bytes, which is not what the header/);
    await refuse(Buffer.alloc(10), "format", /is not a llama2\.c checkpoint/);
    await refuse(Buffer.from("GGUF".padEnd(300, "\0")), "format", /broken\.bin is a GGUF file already; use quantize/);
    await refuse(Buffer.from(Int32Array.of(0x616b3432, 2, ...Array(64).fill(1)).buffer), "unsupported", /version 2/);
    for (let field = 0; field < 7; field++) {
      for (const value of [0, -1, 0x7fffffff, -0x80000000]) {
        const header = [...HEADER];
        header[field] = value;
        await refuse(
          Buffer.concat([Buffer.from(Int32Array.from(header).buffer), whole.subarray(28)]),
          "format",
          /broken\.bin/,
        );
      }
    }
    writeStories(source, 0);
    const tokenizer = join(folder, "other.bin");
    for (const bytes of [Buffer.alloc(3), Buffer.alloc(5000), Buffer.alloc(40, 255)]) {
      writeFileSync(tokenizer, bytes);
      await assert.rejects(
        convertModel(source, join(folder, "none.gguf"), { tokenizer }),
        sentence("format", /other\.bin is damaged, or not the llama2\.c tokenizer/),
      );
    }
    await assert.rejects(
      convertModel(source, join(folder, "none.gguf"), { tokenizer: join(folder, "missing.bin") }),
      sentence("not-found", /missing\.bin/),
    );
  },
);
