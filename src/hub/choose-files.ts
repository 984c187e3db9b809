import { LlamaError, printable } from "../errors.js";
import type { HubReference } from "./reference.js";

/** Taken in this order where no quantisation is asked for, as by llama.cpp. */
const PREFERRED = ["Q4_K_M", "Q8_0"];

/** Files beside a model that are not one: projectors, importance matrices, and drafts of several kinds. */
const COMPANIONS = ["mmproj", "imatrix", "mtp-", "eagle3-", "dflash-", "dspark-"];

/** A GGUF file's name taken apart. */
export interface GgufName {
  /** Up to the part's number, or the ending. */
  readonly prefix: string;
  /** The weights' type by the name's last word, such as `Q4_K_M`. */
  readonly quant: string | undefined;
  /** From 1. */
  readonly part: number;
  readonly parts: number;
}

export function parseGgufName(path: string): GgufName | undefined {
  const name = /^(.+?)(?:-(\d{5})-of-(\d{5}))?\.gguf$/is.exec(path);
  if (name === null) return undefined;
  const [, prefix = "", part = "1", parts = "1"] = name;
  const quant = /[-.]([A-Z0-9_]+)$/i.exec(prefix)?.[1]?.toUpperCase();
  return { prefix, quant, part: Number(part), parts: Number(parts) };
}

/**
 * The files of the model that is asked for, all parts of a split in order, by llama.cpp's rules: the file by its path
 * in any case; or the first whose path has the quantisation before a dot or dash; or else Q4_K_M, Q8_0, the first
 * model. A quantisation that is a whole word in the path is preferred, so that F16 does not find BF16.
 * @throws LlamaError `not-found` with the list of what there is
 */
export function chooseModelFiles<T extends { readonly path: string }>(
  files: readonly T[],
  wish: Pick<HubReference, "repo" | "quant" | "file">,
): readonly T[] {
  return allParts(files, chooseModelFile(files, wish), wish.repo);
}

/** The same, but the one file, of a split the first part. */
export function chooseModelFile<T extends { readonly path: string }>(
  files: readonly T[],
  { repo, quant, file }: Pick<HubReference, "repo" | "quant" | "file">,
): T {
  if (file !== undefined) {
    const wanted = file.replace(/\/+$/, "").toLowerCase();
    const exact = files.find(({ path }) => path.toLowerCase() === wanted);
    if (exact !== undefined) return exact;
    const below = files.filter(({ path }) => path.toLowerCase().startsWith(`${wanted}/`));
    const found = bestOf(below.filter(isModel), PREFERRED, true);
    if (found !== undefined) return found;
    throw missing(`There is no file ${printable(file, 256)} in ${repo}`, files);
  }
  const models = files.filter(isModel);
  if (models.length === 0) throw missing(`There is no GGUF model in ${repo}`, files);
  const found = quant === undefined ? bestOf(models, PREFERRED, true) : bestOf(models, [quant], false);
  if (found === undefined) throw missing(`There is no ${printable(quant ?? "")} file in ${repo}`, models);
  return found;
}

function isModel({ path }: { readonly path: string }): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const parsed = parseGgufName(path);
  return parsed !== undefined && parsed.part === 1 && !COMPANIONS.some((word) => name.includes(word));
}

function bestOf<T extends { readonly path: string }>(
  models: readonly T[],
  quants: readonly string[],
  orFirst: boolean,
): T | undefined {
  for (const quant of quants) {
    const escaped = quant.replace(/[.-]/g, "\\$&");
    for (const before of ["(?<![A-Z0-9])", ""]) {
      const found = models.find(({ path }) => new RegExp(`${before}${escaped}[.-]`, "i").test(path));
      if (found !== undefined) return found;
    }
  }
  return orFirst ? models[0] : undefined;
}

function allParts<T extends { readonly path: string }>(files: readonly T[], chosen: T, repo: string): readonly T[] {
  const name = parseGgufName(chosen.path);
  if (name === undefined || name.parts <= 1) return [chosen];
  const parts: T[] = [];
  for (let part = 1; part <= name.parts; part++) {
    const found = files.find(({ path }) => {
      const other = parseGgufName(path);
      return other?.prefix === name.prefix && other.parts === name.parts && other.part === part;
    });
    if (found === undefined) {
      throw new LlamaError(
        "not-found",
        `Part ${part} of ${name.parts} of ${printable(chosen.path, 256)} is missing in ${repo}; all parts are needed.`,
      );
    }
    parts.push(found);
  }
  return parts;
}

const MAX_LISTED = 40;

function missing(what: string, files: readonly { readonly path: string }[]): LlamaError {
  const names = files.map(({ path }) => path).filter((path) => (parseGgufName(path)?.part ?? 0) === 1);
  if (names.length === 0) {
    return new LlamaError(
      "not-found",
      `${what}; there are no GGUF files in it, so look for a repository that has some.`,
    );
  }
  const listed = names.slice(0, MAX_LISTED).map((name) => printable(name, 256));
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : "";
  return new LlamaError("not-found", `${what}; there are ${listed.join(", ")}${more}.`);
}
