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

export function genderOf(name: string): Gender {
  return GIRLS.includes(name) ? "female" : "male";
}
