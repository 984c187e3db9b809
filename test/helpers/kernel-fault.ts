/** Loaded into a worker before the engine's own code: makes one call of one kernel fail, as faults.ts says. */
import { workerData } from "node:worker_threads";
import type { KernelFault } from "./faults.js";

/** (module (func (export "trap") unreachable)) */
const TRAP = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x08, 0x01, 0x04, 0x74, 0x72, 0x61, 0x70, 0x00, 0x00],
  ...[0x0a, 0x05, 0x01, 0x03, 0x00, 0x00, 0x0b],
);

const { Instance } = WebAssembly;
const fault = JSON.parse(process.env["KERNEL_FAULT"] ?? "null") as KernelFault;

const FAULTS = {
  throw: () => {
    throw new Error("a fault of the test");
  },
  trap: () => (new Instance(new WebAssembly.Module(TRAP), {} as never).exports as { trap: () => void }).trap(),
  exit: () => process.exit(3),
};

if (fault.worker === undefined || (workerData as { worker: number }).worker === fault.worker) {
  let calls = 0;
  const failing =
    (kernel: (...numbers: number[]) => number) =>
    (...numbers: number[]) => {
      if (++calls === fault.call) FAULTS[fault.does]();
      return kernel(...numbers);
    };
  const exportsOf = Object.getOwnPropertyDescriptor(Instance.prototype, "exports")?.get;
  Object.defineProperty(Instance.prototype, "exports", {
    configurable: true,
    get(this: WebAssembly.Instance) {
      const exports = exportsOf?.call(this) as Record<string, (...numbers: number[]) => number>;
      const kernel = exports[fault.kernel];
      return kernel === undefined ? exports : { ...exports, [fault.kernel]: failing(kernel) };
    },
  });
}
