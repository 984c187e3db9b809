/**
 * Prints tables of what many loads and disposals of a model, many tokens, and a server under load leave behind.
 *
 * usage: npm run soak -- [LOADS] [TOKENS] [MODEL] [SECONDS]
 */
import { bundledModelPath } from "#dist/bundled-model.js";
import { loadAndDispose } from "./loads.js";
import { loadServer } from "./serving.js";
import { generateTokens } from "./tokens.js";

const [loads = "500", tokens = "100000", path = bundledModelPath, seconds = "600"] = process.argv.slice(2);

console.log("| loads | resident MiB | heap MiB | memories held | open files |\n| ---: | ---: | ---: | ---: | ---: |");
for await (const { loads: done, residentMiB, heapMiB, memories, files } of loadAndDispose(path, Number(loads), 100)) {
  console.log(`| ${done} | ${residentMiB} | ${heapMiB} | ${memories} | ${files ?? ""} |`);
}
console.log("\n| tokens | answers | resident MiB | heap MiB | open files |\n| ---: | ---: | ---: | ---: | ---: |");
for await (const row of generateTokens(path, Number(tokens), Number(tokens) / 5)) {
  console.log(`| ${row.tokens} | ${row.answers} | ${row.residentMiB} | ${row.heapMiB} | ${row.files ?? ""} |`);
}
console.log(
  "\n| seconds | answers | cancelled | refused | wrong | ms to the first piece (p99) | resident MiB | open files |",
);
console.log("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
for await (const row of loadServer(path, 64, Number(seconds), Number(seconds) / 10)) {
  const { firstMs, wrong } = row;
  const counts = [row.seconds, row.answers, row.cancelled, row.refused, wrong.length];
  const taken = [`${firstMs.median} (${firstMs.p99})`, row.residentMiB ?? "", row.files ?? ""];
  console.log(`| ${[...counts, ...taken].join(" | ")} |`);
  for (const each of wrong.slice(0, 5)) console.error(each);
}
