import assert from "node:assert/strict";
import { test } from "node:test";
import { readEndpoint } from "#dist/cli/endpoint/address.js";

test("an address is the API's however it was copied", () => {
  const bases: readonly (readonly [string, string])[] = [
    ["http://localhost:8000", "http://localhost:8000/v1"],
    ["http://localhost:8000/", "http://localhost:8000/v1"],
    ["http://localhost:8000/v1", "http://localhost:8000/v1"],
    ["http://localhost:8000/v1/", "http://localhost:8000/v1"],
    ["https://example.com/v1/chat/completions", "https://example.com/v1"],
    ["https://example.com/openai/v2?x=1#y", "https://example.com/openai/v2"],
  ];
  for (const [address, base] of bases) assert.equal(readEndpoint(address, undefined).base, base, address);
  assert.deepEqual(readEndpoint("http://h:1", "k"), { base: "http://h:1/v1", host: "h:1", key: "k" });
});

test("what is no web address, and what has a key where it does not belong, is refused", () => {
  const refused = (address: string, message: RegExp, key?: string) =>
    assert.throws(() => readEndpoint(address, key), { code: "option", message });
  refused("localhost:8000", /not a web address; give one such as/);
  refused("file:///etc/passwd", /not a web address/);
  refused("", /not a web address/);
  refused("http://me:secret@host/v1", /^The address of --endpoint has a name in it; give the key with --api-key\.$/);
  refused("http://host", /no header can have/, "a\nb");
});
