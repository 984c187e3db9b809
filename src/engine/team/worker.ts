/** The entry of a worker thread: loads its part of the weights, then runs jobs until it is terminated. */
import { LlamaError } from "../../errors.js";
import { platform } from "../../platform/current.js";
import { Bank } from "../run/bank.js";
import { Forward, type ForwardModel } from "../run/forward.js";
import type { Lockstep } from "../run/lockstep.js";
import { loadWeights } from "./loader.js";
import { readJob, Word, type WorkerMessage } from "./protocol.js";
import type { WeightOrigin } from "./weight-source.js";

export interface WorkerData {
  readonly worker: number;
  readonly workers: number;
  readonly module: WebAssembly.Module;
  /** One a bank. */
  readonly memories: readonly WebAssembly.Memory[];
  /** Where jobs are written. */
  readonly job: SharedArrayBuffer;
  readonly model: ForwardModel;
  /** How many there are. */
  readonly adapters: number;
  readonly origin: WeightOrigin;
}

const host = platform.threadHost();

function main(data: WorkerData): void {
  const { model, memories, module, worker, workers } = data;
  const banks = model.plan.banks.map((plan, i) => new Bank(i, plan, module, memories[i] as WebAssembly.Memory, worker));
  const first = banks[0] as Bank;
  const { control } = model.plan;
  const words = new Int32Array(first.bytes.buffer, control);
  if (!loadWeights(model.plan.tensors, data.origin, banks, worker, words)) return;
  send({ kind: "ready" });

  const { kernels } = first;
  const address = (word: number) => control + word * 4;
  let barriers = 0;
  const barrier = () => {
    if (workers === 1) return;
    kernels.barrier(address(Word.BARRIER), workers);
    barriers++;
    if (worker === 0) Atomics.store(words, Word.PIECES + ((barriers + 1) & 1), 0);
  };
  const lockstep: Lockstep = {
    worker,
    workers,
    barrier,
    nextPiece: () => Atomics.add(words, Word.PIECES + (barriers & 1), 1),
    mayGoOn() {
      if (worker === 0) {
        Atomics.store(words, Word.ABORT_AGREED, Atomics.load(words, Word.ABORT_WANTED));
        Atomics.add(words, Word.PROGRESS, 1);
      }
      barrier();
      return Atomics.load(words, Word.ABORT_AGREED) === 0;
    },
  };
  const forward = new Forward(model, banks, lockstep);
  const job = new Int32Array(data.job);
  const shape = { banks: banks.length, adapters: data.adapters };
  for (let done = 0; ; ) {
    done = kernels.nextJob(address(Word.JOB), done, address(Word.JOB_SLEEPERS));
    forward.run(readJob(job, shape));
    barrier();
    if (worker === 0) {
      Atomics.store(words, Word.DONE, done);
      Atomics.notify(words, Word.DONE);
    }
  }
}

function send(message: WorkerMessage): void {
  host.post(message);
}

try {
  main(host.data as WorkerData);
} catch (error) {
  const code = error instanceof LlamaError ? error.code : undefined;
  const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  send({ kind: "failed", code, message, stack });
}
