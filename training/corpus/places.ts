export interface Place {
  /** After "went". */
  readonly to: string;
  /** Where one is. */
  readonly at: string;
  /** Where small things hide there. */
  readonly spots: readonly string[];
}

export const PLACES: readonly Place[] = [
  {
    to: "to the park",
    at: "in the park",
    spots: ["under a bench", "behind a tree", "near the swings", "under the slide"],
  },
  {
    to: "to the beach",
    at: "at the beach",
    spots: ["in the sand", "behind a rock", "under a shell", "near the water"],
  },
  {
    to: "into the forest",
    at: "in the forest",
    spots: ["under a leaf", "behind a log", "in a bush", "near a big tree"],
  },
  { to: "to the farm", at: "at the farm", spots: ["in the hay", "behind the barn", "near the fence", "under a cart"] },
  {
    to: "into the garden",
    at: "in the garden",
    spots: ["under a flower", "behind the shed", "in the tall grass", "near the gate"],
  },
  {
    to: "to the lake",
    at: "by the lake",
    spots: ["in the reeds", "under the boat", "behind a stone", "near the dock"],
  },
  {
    to: "to the river",
    at: "by the river",
    spots: ["between two stones", "in the mud", "under the bridge", "behind a bush"],
  },
  {
    to: "to the playground",
    at: "at the playground",
    spots: ["in the sandbox", "under the slide", "behind the wall", "near the swings"],
  },
  {
    to: "up the hill",
    at: "on the hill",
    spots: ["in the grass", "behind a rock", "under an old tree", "in a small hole"],
  },
  {
    to: "to the market",
    at: "at the market",
    spots: ["under a table", "behind a basket", "near the bread", "between two boxes"],
  },
  {
    to: "to the library",
    at: "in the library",
    spots: ["under a chair", "between two books", "behind a shelf", "near the door"],
  },
  { to: "to the zoo", at: "at the zoo", spots: ["near the pond", "under a bench", "behind a sign", "in a bush"] },
  { to: "to school", at: "at school", spots: ["under a desk", "behind the door", "in a box", "near the window"] },
  {
    to: "to the train station",
    at: "at the train station",
    spots: ["under a seat", "behind a bag", "near the clock", "beside the stairs"],
  },
  {
    to: "to the meadow",
    at: "in the meadow",
    spots: ["in the tall grass", "behind a stone", "near a flower", "under a fence"],
  },
  {
    to: "to the village",
    at: "in the village",
    spots: ["near the well", "behind a wall", "under a cart", "beside a gate"],
  },
];

export const RACE_PLACES: readonly string[] = [
  "in the park",
  "on the hill",
  "at school",
  "by the lake",
  "in the meadow",
  "at the beach",
  "in the village",
  "at the farm",
];
