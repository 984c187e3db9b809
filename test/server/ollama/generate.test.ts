import assert from "node:assert/strict";
import { test } from "node:test";
import { client, llama } from "../../helpers/served.js";

const { ask, lines, post } = client();
const PATH = "/api/generate";
const options = { temperature: 1, seed: 3, num_predict: 12 };

test("a raw prompt is gone on with as the library does, whole and in lines", async () => {
  const expected = await llama.complete("Once upon a time", { temperature: 1, seed: 3, maxTokens: 12 });
  const body = { prompt: "Once upon a time", raw: true, options };
  const whole = await ask(PATH, { ...body, stream: false });
  assert.deepEqual([whole.response, whole.eval_count, whole.done_reason], [expected, 12, "length"]);
  assert.equal(whole.prompt_eval_count, llama.tokenizer.encode("Once upon a time").length);
  const parts = await lines(PATH, body);
  assert.equal(parts.map(({ response }) => response).join(""), expected);
  assert.deepEqual(
    parts.map(({ done }) => done),
    [...Array(parts.length - 1).fill(false), true],
  );
});

test("without raw, the template is put around the prompt, with its system message", async () => {
  const chat = { options, stream: false };
  const system = { role: "system", content: "Be kind." };
  const user = { role: "user", content: "Hello" };
  for (const [fields, messages] of [
    [{ prompt: "Hello" }, [user]],
    [{ prompt: "Hello", system: "Be kind." }, [system, user]],
  ] as const) {
    const { message, prompt_eval_count: count } = await ask("/api/chat", { ...chat, messages });
    const found = await ask(PATH, { ...chat, ...fields });
    assert.deepEqual([found.response, found.prompt_eval_count], [message.content, count]);
  }
});

test("without a prompt the model is found loaded; what contradicts itself is refused", async () => {
  assert.equal((await ask(PATH, { model: "llama2" })).done_reason, "load");
  const refused = async (fields: object, status = 400) => {
    const response = await post(PATH, { prompt: "Hello", ...fields });
    assert.equal(response.status, status);
    return ((await response.json()) as { error: string }).error;
  };
  assert.match(await refused({ raw: true, system: "x" }), /system/);
  assert.match(await refused({ raw: true, suffix: "x" }), /suffix/);
  assert.match(await refused({ context: [1, 2] }), /context/);
  assert.match(await refused({ template: "{{ .Prompt }}" }), /template/);
  assert.match(await refused({ images: ["aGk="] }), /images/);
  // The model in the package cannot fill in.
  assert.match(await refused({ suffix: "x" }, 501), /infill tokens/);
});
