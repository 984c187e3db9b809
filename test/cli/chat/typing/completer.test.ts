import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Settings } from "#dist/cli/chat/settings.js";
import { complete } from "#dist/cli/chat/typing/completer.js";
import { temporaryFolder } from "../../../helpers/temporary.js";

const folder = temporaryFolder();
const isPosix = { skip: process.platform === "win32" };

test("Tab offers commands, settings, their values, and files", isPosix, () => {
  const rows = new Settings({}, {}).rows;
  assert.deepEqual(complete("/he", rows), [["/help "], "/he"]);
  assert.deepEqual(complete("/cl", rows), [["/clear"], "/cl"]);
  assert.deepEqual(complete("hello", rows)[0], []);
  assert.deepEqual(complete("/set sta", rows), [["stats "], "sta"]);
  assert.deepEqual(complete("/set stats o", rows), [["on", "off"], "o"]);
  assert.deepEqual(complete("/set temp d", rows), [["default"], "d"]);
  assert.deepEqual(complete("/show mo", rows), [["model"], "mo"]);
  const place = join(folder, "files");
  mkdirSync(join(place, "my folder"), { recursive: true });
  for (const name of ["a.txt", ".hidden", "evil\u001b[31m", "evil\u202e", "my folder/b.txt"])
    writeFileSync(join(place, name), "");
  assert.deepEqual(complete(`/read ${place}/`, rows)[0], [`${place}/a.txt`, `${place}/my\\ folder/`]);
  assert.deepEqual(complete(`/read ${place}/.`, rows)[0], [`${place}/.hidden`]);
  assert.deepEqual(complete(`/load ${place}/my\\ folder/`, rows)[0], [`${place}/my\\ folder/b.txt`]);
  assert.deepEqual(complete(`/read ${place}/a.txt and then ${place}/`, rows)[0], []);
  assert.deepEqual(complete(`/read ${folder}/none/`, rows)[0], []);
});
