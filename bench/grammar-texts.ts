/** GBNF grammars with texts that are in them. */
export const JSON_TEXT = {
  name: "json",
  source: `
root   ::= value
value  ::= (object | array | string | number | "true" | "false" | "null") space
object ::= "{" space (member ("," space member)*)? "}"
member ::= string space ":" space value
array  ::= "[" space (value ("," space value)*)? "]"
string ::= "\\"" ([^"\\\\\\x00-\\x1F\\x7F] | "\\\\" (["\\\\/bfnrt] | "u" [0-9a-fA-F]{4}))* "\\""
number ::= "-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]+)? ([eE] [-+]? [0-9]{1,3})?
space  ::= | " " | "\\n" [ \\t]{0,20}
`,
  texts: Array.from({ length: 40 }, (_, i) =>
    JSON.stringify(
      {
        name: `Station ${i}`,
        tags: ["high voltage", "unmanned", `row ${i * 7}`],
        place: { latitude: 47.1 + i / 97, longitude: -8.5 - i / 89, note: 'on the "old" road, behind\nthe mill' },
        levels: [[i, i + 1], [], [{ open: i % 2 === 0, since: null }]],
      },
      undefined,
      i % 2 === 0 ? undefined : 2,
    ),
  ),
};

export const ARITHMETIC_TEXT = {
  name: "arithmetic",
  source: `
root  ::= (sum "=" space number "\\n")+
sum   ::= sum [-+] space product | product
product ::= product [*/] space factor | factor
factor  ::= number | name | "(" space sum ")" space
name    ::= [a-z] [a-z0-9_]* space
number  ::= [0-9]+ ("." [0-9]+)? space
space   ::= [ \\t]*
`,
  texts: Array.from({ length: 40 }, (_, i) => `(a_${i} + ${i}.5) * rate / (2 - ${i * i}) = ${i * 3}\nx=1\n`),
};

export const LIST_TEXT = {
  name: "list",
  source: `root ::= ("- " [^\\r\\n\\x0b\\x0c\\x85\\u2028\\u2029]+ "\\n")+`,
  texts: Array.from({ length: 40 }, (_, i) => `- Bring ${i} apples, and a knife.\n- Ask the neighbour (again)!\n`),
};
