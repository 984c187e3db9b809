import assert from "node:assert/strict";
import { test } from "node:test";
import { type Block, parseBlocks } from "../../src/page/markdown/blocks.js";
import { highlight } from "../../src/page/markdown/highlight.js";
import { type Inline, parseInline } from "../../src/page/markdown/inline.js";
import { seededRandom } from "../helpers/random.js";

/** Pieces in short: [kind, text or content, address]. */
const short = (pieces: readonly Inline[]): unknown[] =>
  pieces.map((piece) => {
    if (piece.kind === "text") return piece.text;
    if (piece.kind === "code") return ["code", piece.text];
    if (piece.kind === "break") return ["break"];
    return [piece.kind, short(piece.content), ...(piece.kind === "link" ? [piece.address] : [])];
  });

const INLINE: readonly (readonly [source: string, ...pieces: unknown[]])[] = [
  ["plain < & text", "plain < & text"],
  ["a **b** c", "a ", ["strong", ["b"]], " c"],
  ["*a* and _b_", ["emphasis", ["a"]], " and ", ["emphasis", ["b"]]],
  ["**a *b* c**", ["strong", ["a ", ["emphasis", ["b"]], " c"]]],
  ["~~gone~~", ["strike", ["gone"]]],
  ["snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"],
  ["`a * b` and ``x ` y``", ["code", "a * b"], " and ", ["code", "x ` y"]],
  ["an `open end", "an `open end"],
  ["\\*not\\* \\\\", "*not* \\"],
  ["one  \ntwo", "one", ["break"], "two"],
  ["[a *b*](https://x.example/y)", ["link", ["a ", ["emphasis", ["b"]]], "https://x.example/y"]],
  ["![cat](https://x.example/c.png)", ["link", ["cat"], "https://x.example/c.png"]],
  ["[run](javascript:alert(1))", ["link", ["run"], "javascript:alert(1)"]],
  ["see https://x.example/a(b).", "see ", ["link", ["https://x.example/a(b"], "https://x.example/a(b"], ")."],
  ["[no link] here", "[no link] here"],
  ["<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
];

for (const [source, ...pieces] of INLINE) {
  test(`a line: ${JSON.stringify(source)}`, () => assert.deepEqual(short(parseInline(source)), pieces));
}

test("blocks are found, and open ones reach the end", () => {
  const kinds = (text: string) => parseBlocks(text).map(({ kind }) => kind);
  assert.deepEqual(kinds("# A\n\ntext\nmore\n\n---\n> quote\n\n- a\n- b\n"), [
    "heading",
    "paragraph",
    "rule",
    "quote",
    "list",
  ]);
  assert.deepEqual(kinds("text\n```js\nlet a = 1;\n\n# no heading"), ["paragraph", "code"]);
  const [table] = parseBlocks("| a | b |\n|:--|--:|\n| 1 | 2\\|3 |\n| x |");
  assert.ok(table?.kind === "table");
  assert.deepEqual(
    [table.head, table.rows, table.alignments],
    [
      ["a", "b"],
      [
        ["1", "2|3"],
        ["x", ""],
      ],
      ["left", "right"],
    ],
  );
});

test("a fence keeps its text, whatever it is", () => {
  const text = "  indented\n\n<b>&amp;\n```` no end";
  const [block] = parseBlocks(`\`\`\`\`\`ts extra\n${text}\n\`\`\`\`\``);
  assert.ok(block?.kind === "code");
  assert.deepEqual([block.text, block.language], [text, "ts"]);
});

test("lists are nested by their indentation, and know where they start", () => {
  const [list] = parseBlocks("3. a\n   - x\n   - y\n\n4. b\n   ```\n   code\n   ```\n");
  assert.ok(list?.kind === "list");
  assert.deepEqual(
    [list.start, list.items.map((item) => item.map(({ kind }) => kind))],
    [
      3,
      [
        ["paragraph", "list"],
        ["paragraph", "code"],
      ],
    ],
  );
  const inner = list.items[0]?.[1] as Extract<Block, { kind: "list" }>;
  assert.deepEqual([inner.start, inner.items.length], [undefined, 2]);
});

test("the sources of the blocks are the lines of the text, so that what is shown already stays", () => {
  const text = "# A\n\nsome *text*\n\n```js\ncode\n```\n\n- a\n- b\n\nend";
  for (let length = 1; length <= text.length; length++) {
    const part = text.slice(0, length);
    const sources = parseBlocks(part).map(({ source }) => source);
    assert.equal(sources.join("\n").replace(/\s/g, ""), part.replace(/\s/g, ""));
  }
});

test("hostile and random texts come to their end", () => {
  for (const source of ["*", "_", "`", "[", "![", "**a ", "](", "> ", "- ", "|", "\\", "http://", "~~", "1. "]) {
    parseBlocks(source.repeat(20_000));
    parseInline(source.repeat(20_000 / source.length));
    parseBlocks(`${source}x\n`.repeat(2000));
  }
  const random = seededRandom(3);
  const letters = "ab *_`[]()!>-#|~\\\n1.:".split("");
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: 200 }, () => letters[Math.floor(random() * letters.length)]).join("");
    for (const block of parseBlocks(text)) if (block.kind === "paragraph") parseInline(block.text);
  }
  assert.deepEqual(short(parseInline("*".repeat(30_000))), ["*".repeat(30_000)]);
});

test("highlighting changes no letter of the code", () => {
  const code = 'const a = "x\\"y"; // note\nfunction f(n) { return 0x1f + 2.5e3; } /* open';
  const stretches = highlight(code, "js");
  assert.equal(stretches.map(({ text }) => text).join(""), code);
  const kinds = Object.fromEntries(stretches.map(({ text, kind }) => [text, kind]));
  assert.deepEqual(
    [kinds["const"], kinds['"x\\"y"'], kinds["// note"], kinds["0x1f"], kinds["/* open"]],
    ["keyword", "string", "comment", "number", "comment"],
  );
  assert.deepEqual(highlight("# a comment\nx = 1", "python")[0], { text: "# a comment", kind: "comment" });
});
