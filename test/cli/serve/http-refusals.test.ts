import assert from "node:assert/strict";
import { test } from "node:test";
import type { Handler } from "#dist/cli/serve/http-server.js";
import { open, withServer } from "./http-fixture.js";

test("heads and bodies that dribble are ended, and so are connections that say nothing", async () => {
  const read: string[] = [];
  const handler: Handler = async (request) => {
    read.push(await request.text());
    return new Response("yes");
  };
  const limits = { headMs: 400, requestMs: 800, keepAliveMs: 200 };
  await withServer(
    handler,
    async (address) => {
      const head = "POST / HTTP/1.1\r\nhost: a\r\n";
      const silent = open(address, "");
      const slowHead = open(address, head, "x-a: b\r\n");
      const slowBody = open(address, `${head}content-length: 10000\r\n\r\n`, "x");
      const kept = open(address, "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
      assert.match(await slowHead.ended, /^HTTP\/1\.1 408 /);
      assert.match(await silent.ended, /^HTTP\/1\.1 408 /);
      assert.match(await kept.ended, /^HTTP\/1\.1 200 .*yes/s);
      assert.match(await slowBody.ended, /^HTTP\/1\.1 408 /);
      assert.deepEqual(read, [""], "no half of a body was taken for a whole one");
    },
    limits,
  );
});

test("a request that is refused before its body was read closes its connection, and the next one is answered", async () => {
  await withServer(
    async (request) => new Response("no", { status: request.method === "POST" ? 401 : 200 }),
    async (address) => {
      const head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10000000\r\n\r\n";
      assert.match(await open(address, head + "x".repeat(1_000_000)).ended, /^HTTP\/1\.1 401 .*connection: close/is);
      assert.equal((await fetch(address)).status, 200);
    },
  );
});

test("what is no HTTP is refused and cut off, and so is a host that is none, a method that is none and a huge head", async () => {
  await withServer(
    async () => new Response("yes"),
    async (address) => {
      const get = "GET / HTTP/1.1\r\nhost: a\r\n";
      for (const [bytes, status] of [
        ["nonsense\r\n\r\n", 400],
        ["GET / HTTP/1.1\r\nhost: a b/c\r\n\r\n", 400],
        ["GET http:// HTTP/1.1\r\nhost: a\r\n\r\n", 400],
        ["GET / HTTP/1.1\r\n\r\n", 400],
        ["GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", 400],
        [`GET / HTTP/1.1\r\nhost: a\r\n${"a: b\r\n".repeat(2000)}host: b\r\n\r\n`, 400],
        ["GET /localhost/b HTTP/1.1\r\nhost:\r\n\r\n", 400],
        ["GET /b HTTP/1.1\r\nhost: localhost/c?\r\n\r\n", 400],
        ["GET /b HTTP/1.1\r\nhost: localhost/c#\r\n\r\n", 400],
        ["GET /b HTTP/1.1\r\nhost: a@localhost\r\n\r\n", 400],
        ["GET /b HTTP/1.1\r\nhost: localhost\\c\r\n\r\n", 400],
        ["GET file:///b HTTP/1.1\r\nhost: a\r\n\r\n", 400],
        ["OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", 400],
        ["TRACE / HTTP/1.1\r\nhost: a\r\n\r\n", 400],
        [`${get}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`, 400],
        [`${get}x: ${"y".repeat(1 << 20)}\r\n\r\n`, 431],
      ] as const) {
        const answer = await open(address, bytes).ended;
        // A client that is still writing may be reset before it reads why.
        const isRefused = answer.startsWith(`HTTP/1.1 ${status} `) || (status === 431 && answer === "");
        assert.ok(isRefused, `${bytes.slice(0, 60)}: ${answer}`);
      }
      for (const host of ["localhost", "a.b:80", "127.0.0.1:1234", "[::1]", "[::1]:80"]) {
        const request = `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
        assert.match(await open(address, request).ended, /^HTTP\/1\.1 200 /, host);
      }
      assert.equal(await (await fetch(address)).text(), "yes");
    },
  );
});

test("a body that turns out to be no HTTP is refused with a status, unless another answer is on its way", async () => {
  const handler: Handler = async (request) => {
    if (request.method === "GET") await new Promise((resolve) => setTimeout(resolve, 500));
    else await request.text();
    return new Response("yes");
  };
  await withServer(handler, async (address) => {
    const head = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    for (const body of ["zz\r\n", "3\r\nabcdef\r\n", "-1\r\n"]) {
      assert.match(await open(address, head + body).ended, /^HTTP\/1\.1 400 .*\r\n\r\n$/s, body);
    }
    assert.equal(await open(address, `GET / HTTP/1.1\r\nhost: a\r\n\r\n${head}zz\r\n`).ended, "");
    assert.equal(await (await fetch(address, { method: "POST", body: "x" })).text(), "yes");
  });
});
