import { connect, type Socket } from "node:net";
import { type Handler, type HttpLimits, HttpServer } from "#dist/cli/serve/http-server.js";

/** Runs `use` with a server that listens on loopback, and closes it. */
export async function withServer(
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

/** A connection with all that came of it, until it ends. @param drop sent again and again */
export function open(address: string, bytes: string, drop = ""): { socket: Socket; ended: Promise<string> } {
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

export function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
