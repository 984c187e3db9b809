import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { claimDirectory, readOptions } from "../../../training/rlhf/options.js";
import { CLEAN_RECIPE, RLHF_RECIPE, scaled } from "../../../training/rlhf/recipe.js";
import { temporaryFolder } from "../../helpers/temporary.js";

describe("the command's options", () => {
  it("have defaults that fit the machine", () => {
    assert.deepEqual(readOptions([], 3), {
      directory: "build/rlhf",
      workers: 2,
      recipe: RLHF_RECIPE,
      pretrained: undefined,
    });
    assert.deepEqual(
      [1, 2, 4, 64].map((processors) => readOptions([], processors).workers),
      [1, 2, 4, 4],
    );
    assert.deepEqual(readOptions(["--clean-start"], 2).recipe, CLEAN_RECIPE);
    const given = readOptions(["--directory", "x", "--workers", "1", "--scale", "0.5", "--pretrained", "y"], 8);
    assert.deepEqual(given, { directory: "x", workers: 1, recipe: scaled(RLHF_RECIPE, 0.5), pretrained: "y" });
  });

  it("are refused where they are unknown or make no sense", () => {
    for (const args of [
      ["--workers", "3"],
      ["--scale", "2"],
      ["--scale", "much"],
      ["--steps", "4"],
      ["x"],
      ["--clean-start", "--pretrained", "y"],
    ]) {
      assert.throws(() => readOptions(args, 2), LlamaError, args.join(" "));
    }
  });

  it("keep a directory to one recipe", () => {
    const directory = join(temporaryFolder(), "path");
    claimDirectory({ directory, recipe: RLHF_RECIPE });
    claimDirectory({ directory, recipe: RLHF_RECIPE });
    assert.throws(() => claimDirectory({ directory, recipe: scaled(RLHF_RECIPE, 0.5) }), /another recipe or scale/);
  });
});
