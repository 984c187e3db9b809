import assert from "node:assert/strict";
import { test } from "node:test";
import { withCallIds } from "#dist/server/ollama/messages.js";

const call = (name: string) => ({ function: { name, arguments: {} } });

test("what tools answered belongs to the calls before, by name or in their order", () => {
  const messages = withCallIds([
    { role: "user", content: "a" },
    { role: "assistant", content: "", tool_calls: [call("one"), call("two"), { ...call("three"), id: "mine" }] },
    { role: "tool", tool_name: "two", content: "2" },
    { role: "tool", content: "1" },
    { role: "tool", tool_name: "three", content: "3" },
    { role: "assistant", content: "b", thinking: "hm" },
    { role: "tool", content: "of nothing" },
  ]) as { tool_call_id?: string; thinking?: string }[];
  assert.deepEqual(
    messages.map((message) => message.tool_call_id),
    [undefined, undefined, "call_1", "call_0", "mine", undefined, "call_2"],
  );
  assert.ok(messages.every((message) => message.thinking === undefined));
});

test("what is no list of messages is left to those who read messages", () => {
  assert.equal(withCallIds("a"), "a");
  assert.deepEqual(withCallIds([1, null, { role: "assistant", tool_calls: [7] }]), [
    1,
    null,
    { role: "assistant", tool_calls: [7] },
  ]);
});
