import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../", import.meta.url));

/**
 * Makes a file, unless it is there and was made from the same inputs.
 * @param {object} job
 * @param {string} job.output path from the root
 * @param {string[]} job.folders whose sources it is made from
 * @param {string[]} [job.files] further sources
 * @param {unknown} job.settings what else it depends on
 * @param {() => Promise<unknown>} make
 */
export async function unlessUpToDate({ output, folders, files = [], settings }, make) {
  const stamp = join(root, "build", "stamps", output.replaceAll("/", "-"));
  const inputs = digest(folders, files, settings);
  if (existsSync(join(root, output)) && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs) return;
  await make();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, inputs);
}

/**
 * @param {string[]} folders
 * @param {string[]} more
 * @param {unknown} settings
 */
function digest(folders, more, settings) {
  const hash = createHash("sha256").update(JSON.stringify(settings));
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(root, folder, name)),
  );
  for (const file of [...files, ...more.map((name) => join(root, name))]
    .filter((name) => /\.(?:ts|html|css)$/.test(name))
    .sort()) {
    hash.update(`${relative(root, file)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}
