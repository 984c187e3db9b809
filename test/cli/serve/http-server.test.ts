import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { type Handler, type HttpLimits, HttpServer } from "#dist/cli/serve/http-server.js";
import { sentence } from "../../helpers/sentence.js";

async function withServer(
  handler: Handler,
  use: (address: string) => Promise<void>,
  limits: Partial<HttpLimits> = {},
): Promise<void> {
  const server = new HttpServer(handler, limits);
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

/** A connection with all that came of it, until it ends. @param drop sent again and again */
function open(address: string, bytes: string, drop = ""): { socket: Socket; ended: Promise<string> } {
  const socket = connect(Number(new URL(address).port), "127.0.0.1", () => socket.write(bytes));
  const timer = setInterval(() => drop !== "" && socket.write(drop), 50);
  let text = "";
  socket.on("data", (data) => {
    text += String(data);
  });
  socket.on("error", () => undefined);
  const ended = new Promise<string>((resolve) => {
    socket.on("close", () => {
      clearInterval(timer);
      resolve(text);
    });
  });
  return { socket, ended };
}

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
