import type { Rating } from "./annotator.js";

/** m(rating) of the ranking loss; "Llama 2" (Touvron et al. 2023), table 27. */
export const MARGINS = {
  none: { "significantly better": 0, better: 0, "slightly better": 0, "negligibly better": 0 },
  small: { "significantly better": 1, better: 2 / 3, "slightly better": 1 / 3, "negligibly better": 0 },
  large: { "significantly better": 3, better: 2, "slightly better": 1, "negligibly better": 0 },
} as const satisfies Record<string, Readonly<Record<Rating, number>>>;
export type MarginTable = keyof typeof MARGINS;
