import { parentPort, Worker, type WorkerOptions, workerData } from "node:worker_threads";
import type { Thread, ThreadHost, ThreadLimits, ThreadOptions } from "../platform.js";
import { packageFile } from "./package-file.js";

const YOUNG_GENERATION_MB = 16;

export function startThread(path: string, { name, data, isolation }: ThreadOptions): Thread {
  return new Worker(packageFile(path), {
    workerData: data,
    name,
    // Without the process's own node flags: some, such as --input-type, a worker cannot have.
    execArgv: [],
    ...(isolation === undefined ? {} : isolated(isolation)),
  });
}

export function threadHost(): ThreadHost {
  const port = parentPort;
  if (port === null) throw new TypeError("this module is the entry of a worker thread");
  return {
    data: workerData,
    post: (message) => port.postMessage(message),
    onMessage: (listener) => port.on("message", listener),
  };
}

/** Yarn's Plug'n'Play has its loader in the environment, without which no module is found. */
function isolated({ heapMegabytes, stackMegabytes }: ThreadLimits): WorkerOptions {
  const { NODE_OPTIONS } = process.env;
  return {
    env: process.versions["pnp"] !== undefined && NODE_OPTIONS !== undefined ? { NODE_OPTIONS } : {},
    resourceLimits: {
      maxOldGenerationSizeMb: heapMegabytes,
      maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      stackSizeMb: stackMegabytes,
    },
  };
}
