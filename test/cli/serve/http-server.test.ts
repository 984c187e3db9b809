import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { type Handler, HttpServer } from "#dist/cli/serve/http-server.js";
import { sentence } from "../../helpers/sentence.js";
import { deferred, open, withServer } from "./http-fixture.js";

/** A body that goes on until it is cancelled. */
function endless(onCancel: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)), cancel: onCancel });
}

test("requests and responses go through whole: method, headers, body and status", async () => {
  const handler: Handler = async (request) => {
    const { pathname, search } = new URL(request.url);
    const told = [request.method, pathname, search, request.headers.get("x-one"), await request.text()].join("|");
    return new Response(told, { status: 201, headers: { "x-two": "2" } });
  };
  await withServer(handler, async (address) => {
    const response = await fetch(`${address}/a/b?c=d`, {
      method: "POST",
      body: "ü".repeat(100_000),
      headers: { "x-one": "1" },
    });
    assert.deepEqual([response.status, response.headers.get("x-two")], [201, "2"]);
    assert.equal(await response.text(), `POST|/a/b|?c=d|1|${"ü".repeat(100_000)}`);
    const head = await fetch(address, { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [201, ""]);
  });
});

test("a client that goes away aborts the request and cancels the body", async () => {
  const gone = deferred();
  const cancelled = deferred();
  const handler: Handler = async (request) => {
    request.signal.addEventListener("abort", () => gone.resolve());
    return new Response(endless(cancelled.resolve));
  };
  await withServer(handler, async (address) => {
    const controller = new AbortController();
    const response = await fetch(address, { signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();
    await Promise.all([gone.promise, cancelled.promise]);
  });
});

test("a reader that does not read holds the body back", async () => {
  let pulled = 0;
  const cancelled = deferred();
  const handler: Handler = async () =>
    new Response(
      new ReadableStream({
        pull: (controller) => {
          pulled += 65_536;
          controller.enqueue(new Uint8Array(65_536));
        },
        cancel: cancelled.resolve,
      }),
    );
  await withServer(handler, async (address) => {
    const socket = connect(Number(new URL(address).port), "127.0.0.1", () =>
      socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n"),
    );
    socket.pause();
    socket.on("error", () => undefined);
    let before = -1;
    while (pulled === 0 || pulled !== before) {
      before = pulled;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    // What the sockets of both sides take is a few megabytes.
    assert.ok(pulled < 64 * 1024 * 1024, `${pulled} bytes`);
    socket.destroy();
    await cancelled.promise;
  });
});

test("who reads nothing of an answer is cut off, of its last bytes as well", async () => {
  const all = new Uint8Array(64 << 20);
  await withServer(
    async () => new Response(all),
    async (address) => {
      const { ended, socket } = open(address, "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
      socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      socket.resume();
      assert.ok((await ended).length < all.length);
    },
    { unreadMs: 300 },
  );
});

test("closing finishes what is under way, answers others meanwhile, and leaves no connection", async () => {
  const asked = deferred();
  const release = deferred();
  const handler: Handler = async (request) => {
    if (request.method === "POST") await request.text();
    if (new URL(request.url).pathname !== "/slow") return new Response("quick");
    asked.resolve();
    await release.promise;
    return new Response("whole");
  };
  const server = new HttpServer(handler, { endMs: 200 });
  const address = await server.listen("127.0.0.1", 0);
  const slow = open(address, "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
  const head = "POST / HTTP/1.1\r\nhost: a\r\n";
  const others = [
    open(address, ""),
    open(address, head),
    open(address, `${head}content-length: 10\r\n\r\nx`),
    open(address, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"),
  ];
  await asked.promise;
  const closed = server.close();
  assert.equal(await (await fetch(address)).text(), "quick");
  setTimeout(release.resolve, 400);
  await closed;
  assert.match(await slow.ended, /^HTTP\/1\.1 200 .*connection: close.*whole/is);
  await Promise.all(others.map(({ ended }) => ended));
  await assert.rejects(fetch(address));
});

test("many requests at once on one connection are answered in their order", async () => {
  await withServer(
    async (request) => {
      const { pathname } = new URL(request.url);
      await new Promise((resolve) => setTimeout(resolve, Number(pathname.slice(1)) % 7));
      return new Response(`<${pathname}>`);
    },
    async (address) => {
      const requests = Array.from({ length: 200 }, (_, i) => `GET /${i} HTTP/1.1\r\nhost: a\r\n\r\n`);
      const { ended, socket } = open(address, requests.join(""));
      setTimeout(() => socket.end(), 2000);
      const answer = await ended;
      const found = answer.match(/<\/\d+>/g);
      assert.deepEqual(
        found,
        requests.map((_, i) => `</${i}>`),
      );
    },
  );
});

test("who goes away ends all that it asked for at once, and asks for no more than so much", async () => {
  let aborted = 0;
  let asked = 0;
  const handler: Handler = (request) =>
    new Promise((_, reject) => {
      asked++;
      request.signal.addEventListener("abort", () => {
        aborted++;
        reject(request.signal.reason as Error);
      });
    });
  const limits = { pipelined: 20 };
  await withServer(
    handler,
    async (address) => {
      const get = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
      const { socket } = open(address, get.repeat(20));
      while (asked < 20) await new Promise((resolve) => setTimeout(resolve, 5));
      socket.destroy();
      while (aborted < 20) await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(await open(address, get.repeat(21)).ended, "");
      while (aborted < 40) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    limits,
  );
});

test("an address that cannot be listened at is told with what to do", async () => {
  const handler: Handler = async () => new Response();
  await withServer(handler, async (address) => {
    const port = Number(new URL(address).port);
    await assert.rejects(new HttpServer(handler).listen("127.0.0.1", port), sentence("option", /taken.*--port/));
  });
  await assert.rejects(
    new HttpServer(handler).listen("192.0.2.1", 0),
    sentence("option", /no address of this machine/),
  );
});
