import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { convertCheckpoint, convertModel } from "#dist/convert/convert-model.js";
import { readSource } from "#dist/convert/source.js";
import { openGguf } from "#dist/gguf/open.js";
import type { HubOptions } from "#dist/hub/settings.js";
import { newHome } from "../helpers/hub-options.js";
import { HubServer } from "../helpers/hub-server.js";
import { writeHuggingFaceFolder } from "../helpers/huggingface-folder.js";
import { fixtureModel } from "../helpers/model-fixture.js";
import { sentence } from "../helpers/sentence.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const source = join(folder, "tiny");
writeHuggingFaceFolder(source, fixtureModel(), { shards: 2 });
const files = Object.fromEntries(readdirSync(source).map((name) => [name, readFileSync(join(source, name))]));

test("a repository of the hub is fetched, converted as its folder would be, and found offline the next time", async () => {
  const server = await HubServer.start();
  const home = newHome(server);
  server.commit("owner/tiny", { ...files, "README.md": "hello", "pytorch_model.bin": "no" });
  const [fetched, local, offline] = ["fetched", "local", "offline"].map((name) => join(folder, `${name}.gguf`)) as [
    string,
    string,
    string,
  ];
  const convert = async (output: string, hub: HubOptions) =>
    convertCheckpoint(await readSource("hf:owner/tiny", undefined, hub), output, { type: "Q8_0" });
  await convert(fetched, home.options());
  await convertModel(source, local, { type: "Q8_0" });
  const tensors = (path: string) => openGguf(path).tensors.map(({ name, type }) => `${name} ${type.name}`);
  assert.deepEqual(tensors(fetched), tensors(local));
  const { metadata } = openGguf(fetched);
  assert.equal(metadata.findString("general.name"), "tiny");
  assert.equal(metadata.findString("general.source.url"), "https://huggingface.co/owner/tiny");
  assert.ok(!server.seen.some(({ path }) => path.includes("pytorch") || path.includes("README")));
  server.seen.length = 0;
  await convert(offline, home.options({ offline: true }));
  assert.deepEqual(readFileSync(offline), readFileSync(fetched));
  assert.equal(server.seen.length, 0);
  await assert.rejects(
    readSource("hf:owner/tiny:Q8_0", undefined, home.options()),
    sentence("option", /Give hf:owner\/tiny alone/),
  );
});
