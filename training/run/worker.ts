/** A worker thread of the trainer: a member of one team after another, which it hears from. */
import { parentPort } from "node:worker_threads";
import { Member } from "./member.js";
import type { WorkerRequest } from "./requests.js";

let member: Member | undefined;

parentPort?.on("message", async (request: WorkerRequest) => {
  if (request.kind === "join") member = new Member(request.data);
  else if (request.kind === "leave") member = undefined;
  else parentPort?.postMessage(await member?.answer(request));
});
