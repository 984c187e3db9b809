/**
 * Prints a table of what 500 loads and disposals of a model leave behind: node build/test/soak/run.js [LOADS] [MODEL]
 */
import { bundledModelPath } from "#dist/bundled-model.js";
import { loadAndDispose } from "./loads.js";

const [loads = "500", path = bundledModelPath] = process.argv.slice(2);
console.log("| loads | resident MiB | memories held | open files |\n| ---: | ---: | ---: | ---: |");
for await (const { loads: done, residentMiB, memories, files } of loadAndDispose(path, Number(loads), 50)) {
  console.log(`| ${done} | ${residentMiB} | ${memories} | ${files ?? ""} |`);
}
