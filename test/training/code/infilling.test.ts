import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { infillPrompt } from "#dist/generation/infill-prompt.js";
import { Random } from "#dist/random.js";
import { infillingDocument, writeDocument } from "../../../training/code/data/infilling.js";
import { codeDocuments } from "../../../training/code/data/streams.js";
import { writePretrainingText } from "../../../training/code/data/texts.js";
import { learnCodeVocabulary } from "../../../training/code/data/vocabulary.js";
import { tokenizerOf, vocabularyMetadata } from "../../../training/data/vocabulary.js";

const pieces = learnCodeVocabulary(1, 300, 512);
const tokenizer = tokenizerOf(pieces);
const place = { seed: 1, step: 2, shard: 3 };

describe("the vocabulary of code", () => {
  it("has the pieces for filling in at its end, under the keys of GGUF", () => {
    assert.equal(pieces.length, 512);
    const metadata = new Map(vocabularyMetadata(pieces));
    const idOf = (key: string) => metadata.get(`tokenizer.ggml.${key}_token_id`)?.value;
    assert.deepEqual(["fim_pre", "fim_suf", "fim_mid", "eot"].map(idOf), [508, 509, 510, 511]);
    assert.deepEqual(tokenizer.infill, { prefixId: 508, suffixId: 509, middleId: 510 });
    assert.ok(tokenizer.isEndOfGeneration(511));
    assert.deepEqual(tokenizer.notes, []);
  });

  it("writes a line break with its indentation as one piece, and digits one by one", () => {
    const texts = (text: string) =>
      tokenizer.encode(text, { addBos: false }).map((id) => tokenizer.decode([id], { stripLeadingSpace: false }));
    assert.deepEqual(texts("{\n  "), ["{", "\n  "]);
    assert.deepEqual(texts("\n    \n      "), ["\n    ", "\n      "]);
    assert.deepEqual(texts("    "), ["    "]);
    assert.deepEqual(texts("123"), ["1", "2", "3"]);
  });

  it("spells every text of the corpus without bytes, and nothing is put before it", () => {
    const random = new Random(7);
    for (let i = 0; i < 100; i++) {
      const text = writePretrainingText(random);
      const ids = tokenizer.encode(text, { addBos: false });
      assert.ok(
        ids.every((id) => id > 258 && id < 508),
        text,
      );
      assert.equal(tokenizer.decode(ids, { stripLeadingSpace: false }), text);
    }
  });
});

describe("documents to fill in", () => {
  it("are what the product's infill prompt is, with the middle and its end behind it", () => {
    const random = new Random(8);
    for (let i = 0; i < 200; i++) {
      const text = writePretrainingText(random);
      const [from, to] = [i % text.length, (i + 13) % text.length].sort((a, b) => a - b) as [number, number];
      const [prefix, middle, suffix] = [text.slice(0, from), text.slice(from, to), text.slice(to)];
      const prompt = (order: "psm" | "spm") =>
        infillPrompt(tokenizer, { prefix, suffix }, { order, tokenHealing: false }, 10_000).ids;
      const psm = infillingDocument(tokenizer, prefix, middle, suffix, "psm").ids;
      assert.deepEqual(psm, [...prompt("psm"), ...tokenizer.encode(middle, { addBos: false }), 511]);
      // Where no token lies over the border of prefix and middle, the other order is the prompt's too.
      const spm = infillingDocument(tokenizer, prefix, middle, suffix, "spm").ids;
      const apart = [...tokenizer.encode(prefix, { addBos: false }), ...tokenizer.encode(middle, { addBos: false })];
      const together = tokenizer.encode(prefix + middle, { addBos: false });
      if (apart.join() === together.join()) assert.deepEqual(spm.slice(0, prompt("spm").length), prompt("spm"));
      const behind = spm.slice(spm.indexOf(510) + 1, -1);
      assert.equal(tokenizer.decode(behind, { stripLeadingSpace: false }), prefix + middle);
    }
  });

  it("have whole lines as their gaps half of the time, from their beginning or from what is written on them", () => {
    const random = new Random(10);
    const text = "function one(text) {\n  if (text) {\n    return one;\n  }\n  return text + text + text;\n}\n";
    const decode = (ids: readonly number[]) => tokenizer.decode(ids, { stripLeadingSpace: false });
    const counts = { all: 0, fromIndentation: 0, fromLine: 0 };
    for (let i = 0; i < 4000; i++) {
      const { ids } = writeDocument(random, tokenizer, text, 1);
      // With the suffix first, prefix and middle are one text.
      if (ids[2] === 509) continue;
      const [suffixAt, middleAt] = [ids.indexOf(509), ids.indexOf(510)];
      const [prefix, suffix] = [decode(ids.slice(2, suffixAt)), decode(ids.slice(suffixAt + 1, middleAt))];
      assert.equal(prefix + decode(ids.slice(middleAt + 1, -1)) + suffix, text);
      counts.all++;
      if (suffix !== "" && !suffix.startsWith("\n")) continue;
      if (/(^|\n)$/.test(prefix)) counts.fromLine++;
      else if (/\n +$/.test(prefix) && !/^ /.test(text.slice(prefix.length))) counts.fromIndentation++;
    }
    // Of 2000 with the prefix first, 265 of the 1000 with whole lines and 22 of the others have an empty one. Of the
    // lines, 653 of the 735 gaps begin at one with an indentation, half of them behind it.
    assert.ok(Math.abs(counts.all - 1713) < 120, JSON.stringify(counts));
    assert.ok(Math.abs(counts.fromIndentation - 326) < 60, JSON.stringify(counts));
    assert.ok(Math.abs(counts.fromLine - 408) < 60, JSON.stringify(counts));
  });

  it("are nine of ten, half in either order, cut anywhere, and all of them is learned", () => {
    const random = new Random(9);
    const text = "0\n1\n2\n3\n4\n5\n6\n7\n8\n9";
    const counts = { plain: 0, psm: 0, spm: 0 };
    const cuts = new Set<string>();
    for (let i = 0; i < 4000; i++) {
      const { ids, weights } = writeDocument(random, tokenizer, text, 0.9);
      assert.ok(weights.length === ids.length && weights.every((weight) => weight === 1));
      assert.equal(ids[0], tokenizer.bosId);
      if (ids[1] !== 508) {
        counts.plain++;
        assert.equal(ids.at(-1), tokenizer.eosId);
        continue;
      }
      assert.equal(ids.at(-1), 511);
      const isSuffixFirst = ids[2] === 509 && ids.indexOf(510) < ids.length;
      const suffixLength = ids.indexOf(510) - ids.indexOf(509) - 1;
      counts[isSuffixFirst ? "spm" : "psm"]++;
      if (!isSuffixFirst) cuts.add(`${ids.indexOf(509) - 2} ${suffixLength}`);
    }
    assert.ok(Math.abs(counts.plain - 400) < 80, JSON.stringify(counts));
    // An empty prefix makes psm look like spm.
    assert.ok(counts.spm > 1600 && counts.psm > 1300, JSON.stringify(counts));
    // Of 210 pairs of cuts those with an empty prefix are not seen.
    assert.ok(cuts.size > 50, `${cuts.size}`);
  });

  it("are the same at the same place of a stream, and the ablation reads the same texts without gaps", () => {
    const ids = (stream: "pretraining" | "left to right", count = 5) => {
      const next = codeDocuments(stream, tokenizer, place, 2000);
      return Array.from({ length: count }, () => next().ids);
    };
    assert.deepEqual(ids("pretraining"), ids("pretraining"));
    const lengthOf = (list: readonly number[]) => tokenizer.decode(list.filter((id) => id > 2 && id < 508)).length;
    const [withGaps, without] = [ids("pretraining"), ids("left to right")];
    assert.deepEqual(withGaps.map(lengthOf), without.map(lengthOf));
    assert.notDeepEqual(withGaps, without);
  });
});
