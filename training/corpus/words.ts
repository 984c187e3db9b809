/** Whose pronouns are which. */
export type Gender = "female" | "male";

export const GIRLS: readonly string[] = [
  "Lily",
  "Mia",
  "Anna",
  "Ella",
  "Rosa",
  "Nina",
  "Sara",
  "Emma",
  "Lucy",
  "Zoe",
  "Ruby",
  "Clara",
  "Ivy",
  "Molly",
  "Nora",
  "Tina",
  "Daisy",
  "Maya",
  "Amy",
  "Kate",
  "Jane",
  "Sue",
  "Bella",
  "Grace",
];
export const BOYS: readonly string[] = [
  "Tim",
  "Ben",
  "Max",
  "Tom",
  "Sam",
  "Leo",
  "Jack",
  "Finn",
  "Oscar",
  "Peter",
  "Noah",
  "Hugo",
  "Dan",
  "Paul",
  "Adam",
  "Luke",
  "Theo",
  "Owen",
  "Jim",
  "Bob",
  "Alex",
  "Henry",
  "Carl",
  "Fred",
];

export const TRAITS: readonly string[] = [
  "kind",
  "brave",
  "curious",
  "happy",
  "clever",
  "shy",
  "cheerful",
  "gentle",
  "busy",
  "quiet",
  "funny",
  "careful",
];

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

/** Small things that can be carried, lost, found and given. */
export const OBJECTS: readonly string[] = [
  "ball",
  "kite",
  "doll",
  "book",
  "hat",
  "key",
  "ring",
  "shell",
  "drum",
  "toy car",
  "teddy bear",
  "scarf",
  "lamp",
  "flute",
  "bell",
  "map",
  "coin",
  "puzzle",
  "robot",
  "boat",
  "cup",
  "basket",
  "ribbon",
  "button",
  "whistle",
  "balloon",
  "bag",
  "umbrella",
  "crown",
  "mirror",
  "blanket",
  "bracelet",
  "notebook",
  "watch",
  "truck",
  "feather",
  "box",
  "marble",
  "spoon",
  "glove",
  "mask",
  "necklace",
  "picture",
  "pencil",
  "rope",
  "stick",
  "toy train",
  "jar",
];

export const COLORS: readonly string[] = [
  "red",
  "blue",
  "green",
  "yellow",
  "purple",
  "pink",
  "orange",
  "white",
  "brown",
  "black",
];
export const LOOKS: readonly string[] = [
  "shiny",
  "little",
  "big",
  "soft",
  "old",
  "new",
  "pretty",
  "round",
  "tiny",
  "golden",
];

export const ANIMALS: readonly string[] = [
  "dog",
  "cat",
  "rabbit",
  "squirrel",
  "bird",
  "fox",
  "duck",
  "frog",
  "mouse",
  "owl",
  "turtle",
  "hedgehog",
  "pony",
  "lamb",
  "goat",
  "bee",
  "butterfly",
  "fish",
  "bear",
  "deer",
  "crow",
  "kitten",
  "puppy",
  "chick",
];

export const FOODS: readonly string[] = [
  "cookies",
  "apples",
  "pancakes",
  "sandwiches",
  "berries",
  "muffins",
  "grapes",
  "cherries",
  "nuts",
  "carrots",
  "pears",
  "candies",
  "peaches",
  "rolls",
  "waffles",
  "plums",
];

export interface Relative {
  readonly name: string;
  readonly gender: Gender;
}

export const GROWN_UPS: readonly Relative[] = [
  { name: "mom", gender: "female" },
  { name: "dad", gender: "male" },
  { name: "grandma", gender: "female" },
  { name: "grandpa", gender: "male" },
];

export const STRANGERS: readonly Relative[] = [
  { name: "old woman", gender: "female" },
  { name: "old man", gender: "male" },
  { name: "kind lady", gender: "female" },
  { name: "tall man", gender: "male" },
];

export const SKILLS: readonly { readonly verb: string; readonly noun: string }[] = [
  { verb: "swim", noun: "swimming" },
  { verb: "ride a bike", noun: "riding" },
  { verb: "whistle", noun: "whistling" },
  { verb: "dance", noun: "dancing" },
  { verb: "draw a horse", noun: "drawing" },
  { verb: "sing", noun: "singing" },
  { verb: "jump rope", noun: "jumping" },
  { verb: "climb the big tree", noun: "climbing" },
  { verb: "skate", noun: "skating" },
  { verb: "bake bread", noun: "baking" },
  { verb: "play the piano", noun: "playing" },
  { verb: "tie a knot", noun: "tying knots" },
];

export const FEARS: readonly { readonly of: string; readonly face: string; readonly learned: string }[] = [
  { of: "the dark", face: "sat in the dark room", learned: "the dark was quiet and calm" },
  { of: "thunder", face: "listened to the thunder", learned: "thunder was only a loud noise" },
  { of: "deep water", face: "stepped into the water", learned: "the water was warm and fun" },
  { of: "big dogs", face: "petted the big dog", learned: "the big dog was very friendly" },
  { of: "the tall slide", face: "went down the tall slide", learned: "the slide was fast and fun" },
  { of: "spiders", face: "looked at the small spider", learned: "the spider only wanted to make its web" },
  { of: "loud trains", face: "waved at the loud train", learned: "the train was not scary at all" },
  { of: "the doctor", face: "went to see the doctor", learned: "the doctor was nice and gentle" },
];

/** What is made of what. */
export const DISHES: readonly { readonly dish: string; readonly missing: string }[] = [
  { dish: "a cake", missing: "eggs" },
  { dish: "a pie", missing: "apples" },
  { dish: "soup", missing: "carrots" },
  { dish: "pancakes", missing: "milk" },
  { dish: "bread", missing: "flour" },
  { dish: "cookies", missing: "sugar" },
  { dish: "a salad", missing: "tomatoes" },
  { dish: "lemonade", missing: "lemons" },
  { dish: "jam", missing: "berries" },
  { dish: "pizza", missing: "cheese" },
];

/** What grows from a seed, one day. */
export const PLANTS: readonly { readonly plant: string; readonly fruit: string }[] = [
  { plant: "apple tree", fruit: "red apples" },
  { plant: "sunflower", fruit: "many little seeds" },
  { plant: "pumpkin plant", fruit: "a big pumpkin" },
  { plant: "rose bush", fruit: "lovely roses" },
  { plant: "tomato plant", fruit: "round tomatoes" },
  { plant: "bean plant", fruit: "long green beans" },
  { plant: "cherry tree", fruit: "sweet cherries" },
  { plant: "strawberry plant", fruit: "sweet strawberries" },
];

/** Objects that break when they fall, and that glue repairs. */
export const BREAKABLES: readonly string[] = [
  "cup",
  "lamp",
  "flute",
  "mirror",
  "crown",
  "jar",
  "drum",
  "robot",
  "toy car",
  "toy train",
  "picture",
  "box",
  "boat",
  "mask",
  "bell",
  "truck",
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

export function genderOf(name: string): Gender {
  return GIRLS.includes(name) ? "female" : "male";
}
