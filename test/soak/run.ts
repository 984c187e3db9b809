/**
 * Prints tables of what many loads and disposals of a model, and many tokens, leave behind.
 *
 * usage: npm run soak -- [LOADS] [TOKENS] [MODEL]
 */
import { bundledModelPath } from "#dist/bundled-model.js";
import { loadAndDispose } from "./loads.js";
import { generateTokens } from "./tokens.js";

const [loads = "500", tokens = "100000", path = bundledModelPath] = process.argv.slice(2);

console.log("| loads | resident MiB | heap MiB | memories held | open files |\n| ---: | ---: | ---: | ---: | ---: |");
for await (const { loads: done, residentMiB, heapMiB, memories, files } of loadAndDispose(path, Number(loads), 100)) {
  console.log(`| ${done} | ${residentMiB} | ${heapMiB} | ${memories} | ${files ?? ""} |`);
}
console.log("\n| tokens | answers | resident MiB | heap MiB | open files |\n| ---: | ---: | ---: | ---: | ---: |");
for await (const row of generateTokens(path, Number(tokens), Number(tokens) / 5)) {
  console.log(`| ${row.tokens} | ${row.answers} | ${row.residentMiB} | ${row.heapMiB} | ${row.files ?? ""} |`);
}
