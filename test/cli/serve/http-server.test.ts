import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { type Handler, HttpServer } from "#dist/cli/serve/http-server.js";
import { sentence } from "../../helpers/sentence.js";

async function withServer(handler: Handler, use: (address: string) => Promise<void>): Promise<void> {
  const server = new HttpServer(handler);
  const address = await server.listen("127.0.0.1", 0);
  try {
    await use(address);
  } finally {
    await server.close();
  }
}

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

test("a request that is refused before its body was read closes its connection, and the next one is answered", async () => {
  await withServer(
    async (request) => new Response("no", { status: request.method === "POST" ? 401 : 200 }),
    async (address) => {
      const port = Number(new URL(address).port);
      const head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10000000\r\n\r\n";
      const answer = await new Promise<string>((resolve) => {
        let text = "";
        const socket = connect(port, "127.0.0.1", () => socket.write(head + "x".repeat(1_000_000)));
        socket.on("data", (data) => {
          text += String(data);
        });
        socket.on("error", () => undefined);
        socket.on("close", () => resolve(text));
      });
      assert.match(answer, /^HTTP\/1\.1 401 .*connection: close/is);
      assert.equal((await fetch(address)).status, 200);
    },
  );
});

test("what is no HTTP is cut off, and so is a host that is none", async () => {
  await withServer(
    async () => new Response("yes"),
    async (address) => {
      const port = Number(new URL(address).port);
      for (const line of [
        "nonsense\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a b/c\r\n\r\n",
        "GET http:// HTTP/1.1\r\nhost: a\r\n\r\n",
      ]) {
        const answer = await new Promise<string>((resolve) => {
          let text = "";
          const socket = connect(port, "127.0.0.1", () => socket.write(line));
          socket.on("data", (data) => {
            text += String(data);
          });
          socket.on("error", () => undefined);
          socket.on("close", () => resolve(text));
        });
        assert.doesNotMatch(answer, /yes/);
      }
      assert.equal(await (await fetch(address)).text(), "yes");
    },
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

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
