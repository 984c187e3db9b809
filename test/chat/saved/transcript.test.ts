import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { LlamaErrorCode } from "#dist/errors.js";
import { folder, llama } from "../../helpers/chats.js";
import { cache, copy, talk, transcript } from "../../helpers/saved-chat.js";
import { sentence } from "../../helpers/sentence.js";

describe("a transcript that is none is refused, and the conversation stays", () => {
  const refused = async (json: Uint8Array | string, pattern: RegExp, code: LlamaErrorCode = "format") => {
    const session = await talk();
    const before = JSON.stringify(session.messages);
    const { position } = session;
    await assert.rejects(session.load(copy("refused", cache, json)), sentence(code, pattern));
    assert.deepEqual([JSON.stringify(session.messages), session.position], [before, position]);
    session.dispose();
  };
  const json = (change: object) => JSON.stringify({ ...(JSON.parse(transcript.toString()) as object), ...change });

  const wrong: readonly (readonly [string, Uint8Array | string, RegExp])[] = [
    ["an empty file", "", /is not valid JSON/],
    ["its first half", transcript.subarray(0, transcript.length >> 1), /is not valid JSON/],
    ["bytes that are no UTF-8", Buffer.from([0x22, 0xff, 0x22]), /is not UTF-8 text/],
    ["null", "null", /is not a saved conversation/],
    ["a list", "[]", /is not a saved conversation/],
    ["lists in lists", "[".repeat(200_000), /is not valid JSON/],
    ["deep lists", `${"[".repeat(200_000)}${"]".repeat(200_000)}`, /is not a saved conversation|is not valid JSON/],
    ["another format", json({ format: "llama3\u001b[2J" }), /is not a saved conversation/],
    ["a newer version", json({ version: 2 }), /has 2 as the version of its format \(expected 1\)/],
    ["a version of text", json({ version: "\u001b[2J" }), /has "\\u001b\[2J"/],
    ["no messages", json({ messages: undefined }), /are not a list/],
    ["messages of nobody", json({ messages: [{ role: "\u001b[2J", content: "" }] }), /has the role "\\u001b\[2J"/],
    ["messages without text", json({ messages: [{ role: "user", content: 1 }] }), /has 1 as its content, not text/],
    [
      "messages out of turn",
      json({ messages: [{ role: "assistant", content: "" }] }),
      /found a message from the assistant where the user's turn is/,
    ],
    [
      "a version that is an object",
      json({ version: { toString: 0, valueOf: 0 } }),
      /has an object as the version of its format \(expected 1\); choose another file\.$/,
    ],
    [
      "a role that is an object",
      json({ messages: [{ role: { toString: 0 }, content: "" }] }),
      /has the role an object/,
    ],
    ["a role that is a list", json({ messages: [{ role: [["user"]], content: "" }] }), /has the role an array/],
    ["messages that are numbers", json({ messages: [1] }), /number 1 is 1;/],
    [
      "contents that are objects",
      json({ messages: [{ role: "user", content: { a: 1 } }] }),
      /an object as its content/,
    ],
    [
      "millions of empty lists",
      json({ messages: [[]], x: 0 }).replace('"x":0', `"x":[${"[],".repeat(1 << 20)}[]]`),
      /is not a saved/,
    ],
    ["a system prompt among them", json({ messages: [{ role: "system", content: "" }] }), /among the messages/],
    ["a system prompt of numbers", json({ system: 1 }), /system prompt/],
    ["dropped exchanges below none", json({ droppedExchanges: -1 }), /dropped/],
    [
      "prototypes",
      '{"__proto__": {"format": "llama2 chat", "version": 1, "messages": []}}',
      /is not a saved conversation/,
    ],
  ];
  for (const [name, contents, pattern] of wrong) test(name, () => refused(contents, pattern));

  test("no file, or a folder", async () => {
    const session = await llama.createChat({});
    await assert.rejects(session.load(join(folder, "nowhere.json")), sentence("not-found", /./));
    await assert.rejects(session.load(folder), sentence("unreadable", /a saved conversation/));
    session.dispose();
  });
});
