import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { LlamaError } from "../../errors.js";

/** Absent where a bundler wrote CommonJS. */
const here = import.meta.url as string | undefined;

/**
 * Where a file of this package lies: kernels, workers and the model are files beside its modules, which a bundler
 * leaves behind. Then they are those of the package as it is installed.
 * @param path from the package's root, as in the tarball
 * @throws LlamaError `not-found` where the package was bundled and is not installed
 */
export function packageFile(path: string): URL {
  const found = findPackageFile(path);
  if (found !== undefined) return found;
  throw new LlamaError(
    "not-found",
    `${path} of the package llama2 was not found: a bundler took the package's modules without its other files. ` +
      'Keep it out of the bundle (esbuild: --external:llama2, webpack: externals: { llama2: "module llama2" }, ' +
      'Rollup: external: ["llama2"], Vite: ssr.external: ["llama2"]) and install it next to the bundle.',
  );
}

/** Like {@link packageFile}, undefined where there is none. */
export function findPackageFile(path: string): URL | undefined {
  for (const root of packageRoots()) {
    const url = new URL(path, root);
    if (existsSync(url)) return url;
  }
  return undefined;
}

function* packageRoots(): Generator<URL> {
  // As the compiler writes it, a module lies three folders below the root; as it is shipped, two.
  if (here !== undefined) yield* [new URL("../../../", here), new URL("../../", here)].filter(isThisPackage);
  // Looked for by hand, for bundlers resolve whatever looks like `require.resolve`.
  for (const from of [here, pathToFileURL(`${process.cwd()}/`).href]) {
    if (from === undefined) continue;
    for (let folder = new URL("./", from); ; folder = new URL("../", folder)) {
      yield new URL("node_modules/llama2/", folder);
      if (folder.href === new URL("../", folder).href) break;
    }
  }
}

/** A bundle has folders above it too, and what lies in those is somebody else's, whatever it is called. */
function isThisPackage(root: URL): boolean {
  try {
    const { name } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { name?: unknown };
    return name === "llama2";
  } catch {
    return false;
  }
}
