import { LOST_AND_FOUND, LOST_IN_THE_WOODS, THE_OWNER } from "./finding.js";
import { A_NEW_FRIEND, RAIN_ON_A_PICNIC, SHARING_FOOD, THE_BROKEN_THING } from "./friends.js";
import { A_FEAR, A_WISH_AT_THE_SHOP, LEARNING, THE_RACE, THE_SEED } from "./growing.js";
import { ANIMAL_IN_TROUBLE, COOKING, OUT_OF_REACH, THE_SICK_FRIEND } from "./helping.js";
import type { Plot } from "./plot.js";

/** In this order: a seed draws one by its place. */
export const PLOTS: readonly Plot[] = [
  LOST_AND_FOUND,
  SHARING_FOOD,
  ANIMAL_IN_TROUBLE,
  A_WISH_AT_THE_SHOP,
  A_FEAR,
  THE_BROKEN_THING,
  COOKING,
  LOST_IN_THE_WOODS,
  RAIN_ON_A_PICNIC,
  THE_RACE,
  THE_SEED,
  A_NEW_FRIEND,
  THE_OWNER,
  LEARNING,
  THE_SICK_FRIEND,
  OUT_OF_REACH,
];
