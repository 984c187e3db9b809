/**
 * Rolls the types that the package shows into one file for each way in, so that a program that uses them never meets
 * those of the inside, such as WebAssembly's, which need the DOM's library.
 */
import { join } from "node:path";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import { root, unlessUpToDate } from "./up-to-date.js";

/** The model's class has private members, so there is one declaration of it, which the others name. */
const model = join(root, "src/llama.ts");
const outputs = { "dist/llama2.d.ts": "src/index.ts", "dist/ai-sdk.d.ts": "src/ai-sdk/index.ts" };

for (const [output, input] of Object.entries(outputs)) {
  const isMain = output === "dist/llama2.d.ts";
  await unlessUpToDate({ output, folders: ["src"], settings: null }, async () => {
    const bundle = await rollup({
      input: join(root, input),
      external: (id) => id.startsWith("node:") || (!isMain && id === model),
      plugins: [
        dts({
          tsconfig: join(root, "tsconfig.json"),
          compilerOptions: { composite: false, incremental: false, stripInternal: true },
        }),
      ],
    });
    await bundle.write({ file: join(root, output), format: "es", paths: { [model]: "./llama2.js" } });
    await bundle.close();
  });
}
