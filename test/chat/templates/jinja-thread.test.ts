import assert from "node:assert/strict";
import { test } from "node:test";
import { JinjaThread, ThreadEnded } from "#dist/chat/templates/jinja-thread.js";
import type { JinjaRequest } from "#dist/chat/templates/jinja-worker.js";

const variables = {
  messages: [],
  tools: null,
  documents: null,
  bos_token: "",
  eos_token: "",
  add_generation_prompt: true,
};

test("a conversation that cannot be sent to the thread leaves nothing behind, and the next one is written", async () => {
  const thread = new JinjaThread("Hi");
  // Functions cannot be copied.
  const request = { variables: { ...variables, tools: [() => undefined] }, length: 0 } as unknown as JinjaRequest;
  await assert.rejects(thread.render(request), { name: "DataCloneError" });
  assert.deepEqual(await thread.render({ variables, length: 0 } as JinjaRequest), { kind: "text", text: "Hi" });
  assert.equal(thread.hasEnded, false);
  thread.end("enough");
});

test("a thread that ended says why, and whether a conversation was written then", async () => {
  const ended = (reason: string, wasRendering: boolean) => (error: unknown) =>
    error instanceof ThreadEnded && error.message === reason && error.wasRendering === wasRendering;
  const starting = new JinjaThread("Hi");
  starting.end("too early");
  await assert.rejects(starting.render({ variables, length: 0 } as JinjaRequest), ended("too early", false));
  const idle = new JinjaThread("Hi");
  await idle.render({ variables, length: 0 } as JinjaRequest);
  idle.end("enough");
  idle.end("more than enough");
  assert.equal(idle.hasEnded, true);
  await assert.rejects(idle.render({ variables, length: 0 } as JinjaRequest), ended("enough", false));
  const busy = new JinjaThread("{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}");
  const written = busy.render({ variables, length: 0 } as JinjaRequest);
  setTimeout(() => busy.end("too long"), 500);
  // Its own bound on steps may be quicker.
  await written.then(
    ({ kind }) => assert.equal(kind, "tooMuch"),
    (error) => assert.ok(ended("too long", true)(error), String(error)),
  );
  busy.end("enough");
});
