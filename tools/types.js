/**
 * Rolls the types that the package shows into one file, so that a program that uses them never meets those of the
 * inside, such as WebAssembly's, which need the DOM's library.
 */
import { join } from "node:path";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import { root, unlessUpToDate } from "./up-to-date.js";

const output = "dist/llama2.d.ts";

await unlessUpToDate({ output, folders: ["src"], settings: null }, async () => {
  const bundle = await rollup({
    input: join(root, "src/index.ts"),
    external: /^node:/,
    plugins: [
      dts({
        tsconfig: join(root, "tsconfig.json"),
        compilerOptions: { composite: false, incremental: false, stripInternal: true },
      }),
    ],
  });
  await bundle.write({ file: join(root, output), format: "es" });
  await bundle.close();
});
