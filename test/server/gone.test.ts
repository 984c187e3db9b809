import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { collectGarbage } from "#dist/platform/node/collect-garbage.js";
import { client } from "../helpers/served.js";

const BODY = { prompt: "Once", ignore_eos: true, stream: true, max_tokens: 480 };

/** Signals that follow others are held weakly by some versions of Node; a server must hear of an end all the same. */
async function collected(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await wait(5);
    collectGarbage();
  }
}

test("who goes away while garbage is collected is heard: at work, in the line, and before anything was read", async () => {
  const { post, get } = client({ parallel: 1 });
  const busy = async () => {
    const slots = (await (await get("/slots")).json()) as { is_processing: boolean }[];
    return slots.filter((slot) => slot.is_processing).length;
  };
  const idle = async () => {
    for (let tries = 0; (await busy()) > 0; tries++) {
      assert.ok(tries < 4000, "an answer goes on that nobody waits for");
      await wait(5);
    }
  };
  for (let round = 0; round < 3; round++) {
    const atWork = new AbortController();
    const reader = (await post("/v1/completions", BODY, { signal: atWork.signal })).body?.getReader();
    await reader?.read();
    const inLine = new AbortController();
    const waiting = assert.rejects(post("/v1/completions", BODY, { signal: inLine.signal }), /AbortError/);
    await collected();
    inLine.abort();
    await waiting;
    assert.equal(await busy(), 1);
    atWork.abort();
    await collected();
    await idle();

    const unread = new AbortController();
    await post("/v1/completions", BODY, { signal: unread.signal });
    await collected();
    unread.abort();
    await idle();
  }
});
