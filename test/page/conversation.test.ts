import assert from "node:assert/strict";
import { test } from "node:test";
import { messagesOf, newConversation, readConversation, titleOf } from "../../src/page/conversation.js";

test("the model is told what is shown, up to the last question", () => {
  const conversation = newConversation(1);
  conversation.turns.push({ question: "a", answers: [{ text: "first" }, { text: "second" }], shown: 1 });
  conversation.turns.push({ question: "b", answers: [{ text: "old" }, { text: "" }], shown: 1 });
  const contents = (system: string) =>
    messagesOf(conversation, system).map(({ role, content }) => `${role}: ${content}`);
  assert.deepEqual(contents(""), ["user: a", "assistant: second", "user: b"]);
  assert.equal(contents("be kind")[0], "system: be kind");
});

test("a title is the first line, cut between words", () => {
  assert.equal(titleOf("  Why is\tthe sky blue?\nTell me."), "Why is the sky blue?");
  const long = titleOf("words that go on and on until there is no room left for them");
  assert.ok(long.length <= 48 && long.endsWith("…") && !long.includes("  "), long);
});

test("what was kept is read again, and what is none is not", () => {
  const conversation = newConversation(7);
  const stats = { tokens: 3, tokensPerSecond: 2, millisecondsToFirst: 1 };
  conversation.turns.push({ question: "a", answers: [{ text: "b", note: "c", stats }], shown: 0 });
  assert.deepEqual(readConversation(JSON.parse(JSON.stringify(conversation))), conversation);
  for (const wrong of [null, [], {}, { id: 1, turns: [] }, { id: "x", turns: [{}] }, { id: "x", turns: "y" }]) {
    assert.equal(readConversation(wrong), undefined);
  }
  const odd = readConversation({ id: "x", turns: [{ question: "q", answers: [{ text: 5 }], shown: 99 }] });
  assert.deepEqual(odd?.turns, [{ question: "q", answers: [{ text: "" }], shown: 0 }]);
});
