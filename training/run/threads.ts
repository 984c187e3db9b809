import { Worker } from "node:worker_threads";
import type { WorkerRequest } from "./requests.js";

/** Threads that no team has: the teams of a small model live for less time than threads take to start. */
const idle: Worker[] = [];

/** A thread for a team, told what `request` says. */
export function takeThread(request: WorkerRequest & { readonly kind: "join" }): Worker {
  const thread = idle.pop() ?? new Worker(new URL("./worker.js", import.meta.url), { execArgv: [] });
  thread.ref();
  thread.postMessage(request);
  return thread;
}

/** Takes back a thread that waits for a request; an idle one does not keep the process alive. */
export function leaveThread(thread: Worker): void {
  thread.postMessage({ kind: "leave" } satisfies WorkerRequest);
  thread.unref();
  idle.push(thread);
}
