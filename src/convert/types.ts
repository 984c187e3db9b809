import { MIX_ALIASES, MIXES, type Mix, mixNamed } from "../quantize/mixes.js";

/** What quantize writes, and the types that lose nothing, as a conversion may keep them. */
const CONVERSION_MIXES: Readonly<Record<string, Mix>> = {
  F32: { base: "F32", fileType: 0 },
  BF16: { base: "BF16", fileType: 32 },
  ...MIXES,
};

/** Names that {@link convertModel} takes, in any case. */
export const CONVERT_TYPES: readonly string[] = [...Object.keys(CONVERSION_MIXES), ...Object.keys(MIX_ALIASES)];

/** @throws LlamaError `option` where there is none of that name */
export function conversionMix(name: string): Mix {
  return mixNamed(name, CONVERSION_MIXES);
}
