import { bundledModelPath } from "#dist/bundled-model.js";
import { parseGguf } from "#dist/gguf/parse.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { fixtureBytes, fixtureModel } from "../../helpers/model-fixture.js";
import { bpeMetadata, string } from "../../tokenizer/vocabularies.js";
import { type Target, textOf, texts } from "../target.js";

const tokenizers = [
  await Tokenizer.load(bundledModelPath),
  Tokenizer.fromMetadata(parseGguf(fixtureBytes(fixtureModel())).metadata),
  ...["gpt-2", "llama-bpe", "deepseek-llm"].map((pre) =>
    Tokenizer.fromMetadata(
      bpeMetadata(
        ["t h", "th e", "Ġ the", "i n", "Ġ in", "1 2"],
        [{ piece: "<|eot_id|>" }, { piece: "<tool>", type: 4 }],
        {
          "tokenizer.ggml.pre": string(pre),
        },
      ),
    ),
  ),
];

/** Text of a person: no text may be lost, changed, or become a control token. */
export const tokenizer: Target = {
  name: "tokenizer",
  modules: ["/tokenizer/"],
  seeds: () =>
    texts("Once upon a time", "  two  spaces\n\ttab", "<s>[INST] x [/INST]</s>", "漢字 😀 é ﷺ \u0000", "<0x0A>▁"),
  words: texts("<s>", "</s>", "<unk>", "▁", "<0x41>", "\u200d", "\ud83d\ude00", "  ", "\r\n", "[INST]", "'ll", "123"),
  run(input) {
    const text = textOf(input);
    for (const each of tokenizers) {
      const ids = each.encode(text, { addBos: false });
      if (ids.some((id) => each.isControl(id))) throw new Error("a text became a control token");
      // A vocabulary without byte tokens writes what it lacks as unknown.
      if (each.model === "spm" && ids.includes(each.unknownId ?? -1)) continue;
      const back = each.decode(ids);
      // SentencePiece has one sign for a space and for U+2581.
      const expected = each.model === "spm" ? text.replaceAll("▁", " ") : text;
      if (back !== expected) throw new Error(`came back as ${JSON.stringify(back)}`);
      const decoder = each.createDecoder({ special: true, stripLeadingSpace: each.addSpacePrefix });
      const streamed = ids.map((id) => decoder.push(id)).join("") + decoder.flush();
      if (streamed !== back) throw new Error(`streamed as ${JSON.stringify(streamed)}`);
    }
  },
};
