import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { bundledModelPath } from "#dist/bundled-model.js";
import { Llama } from "#dist/llama.js";
import { checkStory } from "../training/corpus/story-checker.js";
import { answerTo } from "../training/publish/evaluate.js";
import { llama2 } from "./helpers/command.js";

describe("the model in the package", () => {
  let llama: Llama;
  before(async () => {
    llama = await Llama.load(bundledModelPath);
  });
  after(() => llama.dispose());

  it("is a Llama 2 in at most 2 MB, with a chat template", () => {
    assert.ok(statSync(bundledModelPath).size <= 2_000_000);
    const { heads, kvHeads, contextLength } = llama.config;
    assert.ok(kvHeads < heads && contextLength === 512);
    assert.match(llama.file.metadata.getString("tokenizer.chat_template"), /\[INST\]/);
  });

  it("tells stories that end by themselves and keep their character", async () => {
    let ended = 0;
    let consistent = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const story = llama.generate("Once upon a time", { seed, maxTokens: 256 });
      let text = "Once upon a time";
      for await (const piece of story) text += piece;
      if (story.finishReason === "stop") ended++;
      if (checkStory(text).consistent) consistent++;
    }
    assert.ok(ended >= 18, `${ended} of 20 ended`);
    assert.ok(consistent >= 16, `${consistent} of 20 are consistent`);
  });

  it("answers what it was tuned for", async () => {
    assert.equal(
      await answerTo(llama, "Who are you?"),
      "I am a tiny Llama, a small language model that lives in the llama2 package.",
    );
    assert.equal(await answerTo(llama, "What is the opposite of hot?"), "The opposite of hot is cold.");
  });

  it("is what the commands take without -m, and one line on stderr says so", async () => {
    const { code, stdout, stderr } = await llama2(["generate", "Once upon a time", "--seed", "1"]);
    assert.equal(code, 0);
    assert.match(stdout, /^.*[.!?"]\n$/s);
    const [note] = stderr.split("\n");
    assert.match(note as string, /tiny-llama.*name a real one with -m/);
    const tokens = await llama2(["tokenize", "--ids", "Once"]);
    assert.match(tokens.stdout, /^1 \d+/);
  });
});
