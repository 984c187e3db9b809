import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Waits until the client has read what was written; one that does not is cut off. */
export function drained(outgoing: ServerResponse, limitMs: number): Promise<void> {
  return outgoing.writableNeedDrain ? happened(outgoing, "drain", limitMs) : Promise.resolve();
}

/** Waits until the system has taken the end of an answer; a client that reads nothing of it is cut off. */
export function finished(outgoing: ServerResponse, limitMs: number): Promise<void> {
  return outgoing.writableFinished ? Promise.resolve() : happened(outgoing, "finish", limitMs);
}

function happened(outgoing: ServerResponse, event: "drain" | "finish", limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    // One that stands behind another answer has no connection of its own yet, and hears nothing of its end.
    const { socket } = outgoing.req;
    const timer = setTimeout(() => socket.destroy(), limitMs);
    const done = () => {
      clearTimeout(timer);
      outgoing.off(event, done);
      socket.off("close", done);
      resolve();
    };
    outgoing.on(event, done);
    socket.on("close", done);
    if (socket.destroyed) done();
  });
}

const STATUSES: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

/** Says what is wrong, as far as a status does, and closes the connection. @param code of Node's error */
export function cutOff(socket: Socket, code: string | undefined): void {
  socket.write(`HTTP/1.1 ${STATUSES[code ?? ""] ?? "400 Bad Request"}\r\nConnection: close\r\n\r\n`);
  socket.destroySoon();
}
