/** Grammars as people write them, each with texts that are in the language and texts that are not. */
export interface Example {
  readonly source: string;
  readonly right: readonly string[];
  readonly wrong: readonly string[];
}

export const JSON_GRAMMAR = `
# Any JSON value, with little freedom of space.
root   ::= value
value  ::= (object | array | string | number | "true" | "false" | "null") space
object ::= "{" space (member ("," space member)*)? "}"
member ::= string space ":" space value
array  ::= "[" space (value ("," space value)*)? "]"
string ::= "\\"" character* "\\""
character ::= [^"\\\\\\x00-\\x1F\\x7F] | "\\\\" (["\\\\/bfnrt] | "u" [0-9a-fA-F]{4})
number ::= "-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]+)? ([eE] [-+]? [0-9]{1,3})?
space  ::= | " " | "\\n" [ \\t]{0,20}
`;

const ARITHMETIC = `
root  ::= (sum "=" space number "\\n")+
sum   ::= sum [-+] space product | product
product ::= product [*/] space factor | factor
factor  ::= number | name | "(" space sum ")" space
name    ::= [a-z] [a-z0-9_]* space
number  ::= [0-9]+ ("." [0-9]+)? space
space   ::= [ \\t]*
`;

const CHESS = `
root   ::= turn+ result?
turn   ::= [1-9] [0-9]? ". " move " " move "\\n"
move   ::= (piece | pawn | castle) [+#]?
piece  ::= [NBRQK] [a-h]? [1-8]? "x"? square
pawn   ::= ([a-h] "x")? square ("=" [NBRQ])?
castle ::= "O-O" "-O"?
square ::= [a-h] [1-8]
result ::= "1-0" | "0-1" | "1/2-1/2"
`;

const LIST = `root ::= ("- " [^\\r\\n\\x0b\\x0c\\x85\\u2028\\u2029]+ "\\n")+`;

const PROGRAM = `
root ::= declaration*
declaration ::= type space name "(" (parameter ("," ws parameter)*)? ")" ws "{" ws statement* "}" ws
type ::= "int" | "float" | "char"
parameter ::= type space name
statement ::= (
    type space name ws "=" ws expression ";" |
    name ws "=" ws expression ";" |
    name ws "(" (expression ("," ws expression)*)? ")" ";" |
    "return" space expression ";" |
    "while" ws "(" ws condition ")" ws "{" ws statement* "}" |
    "if" ws "(" ws condition ")" ws "{" ws statement* "}" (ws "else" ws "{" ws statement* "}")? |
    comment
  ) ws
condition ::= expression ("<" "="? | ">" "="? | "==" | "!=") ws expression
expression ::= term ([-+] ws term)*
term ::= factor ([*/] ws factor)*
factor ::= name ws | [0-9]+ ws | "-" factor | "(" ws expression ")" ws | name "(" (expression ("," ws expression)*)? ")" ws
name ::= [a-zA-Z_] [a-zA-Z_0-9]*
comment ::= "//" [^\\n]* "\\n" | "/*" ([^*] | "*"+ [^*/])* "*"+ "/"
space ::= [ \\t]+
ws ::= [ \\t\\n]*
`;

const JAPANESE = `
# A sentence or more of kana, kanji and their punctuation.
root ::= letter+ ([ \\t\\n] letter+)*
letter ::= hiragana | katakana | punctuation | kanji
hiragana ::= [ぁ-ゟ]
katakana ::= [ァ-ヿ]
punctuation ::= [、-〾]
kanji ::= [一-龯]
`;

export const EXAMPLES: Readonly<Record<string, Example>> = {
  json: {
    source: JSON_GRAMMAR,
    right: ["{}", '{"a": [1, 2.5e-3, "\\u00e9\\n", null]}', "[[[]]]", '"日本😀"', "-0.5", '{"a":1,\n  "b":{"c":true}}'],
    wrong: ["", "{", "{,}", '{"a"}', "[1,]", "01", '"\n"', '"\\x"', "nul", "[1]]", '"\u007f"', "1  "],
  },
  arithmetic: {
    source: ARITHMETIC,
    right: ["1+2*3= 7\n", "(a_1 - 2) / x = 0.5\nx=1\n", "1=1\n"],
    wrong: ["1+=2\n", "1=1", "(1=1\n", "1=x\n", ""],
  },
  chess: {
    source: CHESS,
    right: ["1. e4 e5\n", "1. Nf3 d5\n2. exd5 Qxd5+\n3. O-O O-O-O\n1/2-1/2", "12. e8=Q# Rad1\n"],
    wrong: ["1. e9 e5\n", "1.e4 e5\n", "e4 e5\n", "1. e4 e5\n2-0"],
  },
  list: { source: LIST, right: ["- a\n", "- é 日\n- b\n"], wrong: ["- \n", "a\n", "- a", "- a\u2028\n"] },
  program: {
    source: PROGRAM,
    right: [
      "",
      "int main(){int x = 1;}",
      "float f(int a, char b) {\n  // hm\n  while (a < b) { a = a + g(1, -b) * 2; }\n  if (a==b){return a;} else {h();}\n}\n",
      "int f(){/* a * b **/return 1;}",
    ],
    wrong: ["int main{}", "int f(){x 1;}", "int f(){return 1}", "int f(){/* a */ */}", "double f(){}"],
  },
  japanese: {
    source: JAPANESE,
    right: ["こんにちは、世界。", "カタカナ ひらがな"],
    wrong: ["hello", "こ ", "", "こ  に"],
  },
};
