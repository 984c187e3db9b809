import { numbered } from "./numbered.js";

/** Grammars in GBNF. */
export const GRAMMARS: Readonly<Record<string, () => string>> = {
  "a million alternatives of a letter": () => `root ::= ${"a|".repeat(90_000).replaceAll("a", '"a"')}"b"`,
  "200,000 characters in classes": () =>
    `root ::= ${numbered(15_000, (i) => `[\\u${(0x1000 + i * 2).toString(16)}-\\U000${(0x10000 + i * 4).toString(16)}]`).join(" ")}`,
  "a class of 40,000 ranges": () =>
    `root ::= [${numbered(40_000, (i) => `\\U${(0x10000 + i * 3).toString(16).padStart(8, "0")}`).join("")}]`,
  "40,000 rules in a chain": () =>
    `root ::= r0\n${numbered(40_000, (i) => `r${i} ::= "a" r${i + 1}`).join("\n")}\nr40000 ::= "b"`,
  "30,000 rules in a cycle": () =>
    `root ::= r0\n${numbered(30_000, (i) => `r${i} ::= "a" r${(i + 1) % 30_000} | "b"`).join("\n")}`,
  "2,000 rules, each of which doubles": () =>
    `root ::= r0\n${numbered(2000, (i) => `r${i} ::= r${i + 1} r${i + 1}`).join("\n")}\nr2000 ::= "a"`,
  "60 rules, each of which doubles": () =>
    `root ::= r0\n${numbered(60, (i) => `r${i} ::= r${i + 1} "x"? r${i + 1}`).join("\n")}\nr60 ::= [ab]`,
  "optional parts, 3,000 in a row": () => `root ::= ${numbered(3000, (i) => `"${"ab"[i % 2]}"?`).join(" ")}`,
  "optional rules, 5,000 in a row": () =>
    `root ::= "(" root ")" ${numbered(5000, (i) => `r${i}?`).join(" ")}| "x"\n${numbered(5000, (i) => `r${i} ::= "<" root ">"`).join("\n")}`,
  "nested repetitions": () => `root ::= ${"(".repeat(190)}"a"${"){1,9}".repeat(190)}`,
  "repetitions that begin alike": () =>
    `root ::= ${numbered(300, (i) => `("a" | "b"){${i},${i + 400}} "c"`).join(" | ")}`,
  "a literal of 900,000 characters": () => `root ::= "${"a".repeat(900_000)}"`,
  "900 literals of 1,000 characters": () =>
    `root ::= ${numbered(900, (i) => `"${`${i}${"a".repeat(1000)}`}"`).join(" | ")}`,
  "empty rules": () => `root ::= ${"e ".repeat(50_000)}\ne ::= ""`,
  "an error at the end of many lines": () => `root ::= ${'"a"\n'.repeat(1)}${"# x\n".repeat(200_000)}!`,
  "900,000 blanks": () => `root ::= "a"${" ".repeat(900_000)}`,
  "nothing but comments": () => `root ::= "a"\n${"#\n".repeat(400_000)}`,
};

/** Regular expressions. */
export const EXPRESSIONS: Readonly<Record<string, () => string>> = {
  "(a{1,200}){1,200}": () => "(a{1,200}){1,200}",
  "(ab{1,200}){1,200}": () => "(ab{1,200}){1,200}",
  "((a{1,50}b?){1,50}c?){1,50}": () => "((a{1,50}b?){1,50}c?){1,50}",
  "(a|b)*a(a|b){200}": () => "(a|b)*a(a|b){200}",
  "(.*a){50}": () => "(.*a){50}",
  "a?{20000}": () => "a?".repeat(20_000) + "a".repeat(20_000),
  "(a?b?){300}c": () => "(a?b?){300}c",
  "alternatives with common ends": () => numbered(3000, (i) => `${i}xyz{1,${i + 1}}`).join("|"),
  "many classes": () =>
    numbered(3000, (i) => `[\\u{${(0x3000 + i * 5).toString(16)}}-\\u{${(0x20000 + i * 5).toString(16)}}]`).join(""),
  "many classes as alternatives": () =>
    numbered(
      2000,
      (i) => `[\\u{${(0x3000 + i * 5).toString(16)}}-\\u{${(0x20000 + i * 5).toString(16)}}]x{${i + 1}}`,
    ).join("|"),
  "anchors in the midst": () => `(${"(^a|b$|c)*".repeat(200)})*`,
  "10,000 alternatives with anchors": () => numbered(10_000, (i) => `^a${i}|b${i}$`).join("|"),
  "an anchor below 190 groups of 4,000 letters": () => `${"(".repeat(190)}${"a|".repeat(4000)}^b${")".repeat(190)}c`,
  "nullable parts with anchors, 60 in a row": () => "(^|b)".repeat(60),
  "classes within classes": () => `[${"[a-z--[".repeat(40)}x${"]]".repeat(40)}]`,
  "one class of 100,000 members": () => `[${numbered(50_000, (i) => `\\u{${(0x400 + i * 2).toString(16)}}`).join("")}]`,
  "class differences, 10,000 in a row": () =>
    `[\\p{L}${numbered(10_000, (i) => `--\\u{${(0x400 + i * 2).toString(16)}}`).join("")}]`,
  "200,000 escapes": () => "\\d\\W".repeat(100_000),
  "all Unicode properties": () =>
    [
      "L",
      "Lu",
      "Ll",
      "N",
      "P",
      "S",
      "Z",
      "Script=Greek",
      "Script=Han",
      "Script=Arabic",
      "Alphabetic",
      "Emoji",
      "ID_Start",
      "Lowercase",
      "Uppercase",
      "White_Space",
      "XID_Continue",
      "Script=Cyrillic",
      "Script=Hebrew",
      "Script=Thai",
    ]
      .map((p) => `\\p{${p}}\\P{${p}}`)
      .join(""),
};
