import { LlamaError, printable } from "../errors.js";
import type { Metadata } from "../gguf/metadata.js";
import { hasForm } from "./answer-form.js";
import type { InfillOptions, InfillParts } from "./infill-prompt.js";
import { checkGenerateOptions, type GenerateOptions } from "./options.js";

/** How a model is to fill in where nobody says otherwise. */
export interface InfillDefaults {
  readonly order: "psm" | "spm";
  readonly stopAtSuffix: boolean;
}

/**
 * What a file recommends by keys of our own, `infill.order` and `infill.stop_at_suffix`, as it may recommend how to
 * sample by `general.sampling.*`; otherwise Code Llama's order, and that the model alone says where it ends.
 * @throws LlamaError `model` for an order that is none
 */
export function infillDefaults(metadata: Metadata): InfillDefaults {
  const order = metadata.findString("infill.order") ?? "psm";
  if (order !== "psm" && order !== "spm") {
    throw new LlamaError("model", `infill.order is ${printable(order, 64)}; expected psm or spm.`);
  }
  return { order, stopAtSuffix: metadata.findBoolean("infill.stop_at_suffix") ?? false };
}

/** How a gap is asked about, and how its answer is generated. */
export interface ResolvedInfill {
  readonly asked: Required<Pick<InfillOptions, "order" | "tokenHealing">>;
  readonly generating: GenerateOptions;
}

/**
 * Options with what the file recommends in the place of those that are not given.
 * @throws LlamaError `option` for those that are unknown or out of range; as {@link infillDefaults}
 */
export function resolveInfill(
  metadata: Metadata,
  { suffix }: Pick<InfillParts, "suffix">,
  options: InfillOptions,
): ResolvedInfill {
  const usual = infillDefaults(metadata);
  const { order = usual.order, stopAtSuffix = usual.stopAtSuffix, ...rest } = options;
  const { tokenHealing = !hasForm(rest), ...others } = rest;
  checkGenerateOptions(others);
  const { stop = [] } = others;
  const generating = stopAtSuffix ? { ...others, stop: withSuffix(stop, suffix) } : others;
  return { asked: { order, tokenHealing }, generating };
}

/** Characters, white space aside, that a middle and what follows it rarely have in common by chance. */
const TELLING = 12;

const BEGINNING = new RegExp(`^(?:\\s*\\S){1,${TELLING}}`, "u");

/**
 * Stop strings, and the beginning of the suffix by which an answer is known to have come to it: a model that goes on
 * with the text instead of ending writes the suffix once more. A shorter suffix tells as much where it has several
 * lines, and nothing otherwise.
 */
export function withSuffix(stop: readonly string[], suffix: string): readonly string[] {
  const [beginning = ""] = BEGINNING.exec(suffix) ?? [];
  const isTelling = beginning.replace(/\s/g, "").length >= TELLING || beginning.includes("\n");
  return isTelling ? [...stop, beginning] : stop;
}
