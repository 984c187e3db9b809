/** Writes a small model of seeded random weights to the path given: for a first run without any download. */
import { fixtureModel, writeFixture } from "./model-fixture.js";

const [, , path] = process.argv;
if (path === undefined) throw new Error("name the file to write");
writeFixture(
  path,
  fixtureModel({ dim: 128, layers: 4, heads: 8, kvHeads: 4, hiddenDim: 352, contextLength: 1024, type: "Q8_0" }),
);
