import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { bundledCodeModelPath, bundledModelPath } from "#dist/bundled-model.js";
import { infillDefaults } from "#dist/generation/infill-defaults.js";
import { Llama } from "#dist/llama.js";
import { Random } from "#dist/random.js";
import { fillAll } from "../training/code/evaluate/fill.js";
import { drawGap } from "../training/code/evaluate/gaps.js";
import { checkStory } from "../training/corpus/story-checker.js";
import { answerTo } from "../training/publish/evaluate.js";
import { llama2 } from "./helpers/command.js";
import { isWhole } from "./helpers/long.js";
import { root } from "./helpers/paths.js";
import { temporaryFolder } from "./helpers/temporary.js";

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
    const stories = isWhole ? 20 : 10;
    let ended = 0;
    let consistent = 0;
    for (let seed = 1; seed <= stories; seed++) {
      const story = llama.generate("Once upon a time", { seed, maxTokens: 256 });
      let text = "Once upon a time";
      for await (const piece of story) text += piece;
      if (story.finishReason === "stop") ended++;
      if (checkStory(text).consistent) consistent++;
    }
    assert.ok(ended >= 0.9 * stories, `${ended} of ${stories} ended`);
    assert.ok(consistent >= 0.8 * stories, `${consistent} of ${stories} are consistent`);
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

describe("the code model in the package", () => {
  it("is at most 2 MB, has the pieces to fill in, and says how", async () => {
    assert.ok(statSync(bundledCodeModelPath).size <= 2_000_000);
    const llama = await Llama.load(bundledCodeModelPath, { threads: 1, contextSize: 1024 });
    assert.equal(llama.config.contextLength, 2048);
    assert.ok(llama.tokenizer.infill !== undefined && llama.tokenizer.eotId !== undefined);
    assert.deepEqual(infillDefaults(llama.file.metadata), { order: "spm", stopAtSuffix: true });
    await llama.dispose();
  });

  it("fills in lines of functions that it was never shown, so that they run, and notices where the gap ends", async () => {
    const llama = await Llama.load(bundledCodeModelPath, { threads: 2, contextSize: 1024 });
    for (const kind of ["single line", "multiple lines"] as const) {
      const random = new Random(7);
      const tasks = Array.from({ length: isWhole ? 24 : 12 }, () => drawGap(random, kind, "held-out functions"));
      const ways = { order: "spm", tokenHealing: true, stopAtSuffix: false } as const;
      const { passes } = await fillAll(llama, tasks, ways);
      assert.ok(passes >= (14 / 24) * tasks.length, `${kind}: ${passes} of ${tasks.length} pass`);
    }
    await llama.dispose();
  });

  it("is what infill takes without -m, as README has it, and one line on stderr says so", async () => {
    const inReadme = /\$ cat (\S+)\n(.*?)\$ npx llama2 infill -q ([^\n]*)\n(.*?)```/s;
    const [, name = "", text = "", args = "", answer] =
      inReadme.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
    const path = join(temporaryFolder(), name);
    writeFileSync(path, text);
    const words = args.split(" ").map((word) => (word === name ? path : word));
    const { code, stdout, stderr } = await llama2(["infill", ...words]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Using tiny-code-llama, .* with -m\.\n$/);
    assert.equal(stdout, answer);
  });
});
