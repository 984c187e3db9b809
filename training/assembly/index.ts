// What the trainer calls. All arrays are f32 and row-major; sizes are counts, strides are bytes.

export function heapBase(): usize {
  return __heap_base;
}

export { barrier } from "../../assembly/threads/sync";
export { adamw, add, squaredNorm } from "./adamw";
export { attend, attendBackward } from "./attention";
export { attendCached, keep } from "./cache";
export { embed, embedBackward } from "./embedding";
export { gemm, panelSize, prepareGemm, transpose } from "./gemm";
export { dotRows, dotRowsBackward } from "./head";
export { crossEntropy } from "./loss";
export { rmsnorm, rmsnormBackward } from "./norm";
export { best, draw, logProbabilities, logSoftmax, policyLoss } from "./policy";
export { rotate } from "./rope";
export { swiglu, swigluBackward } from "./swiglu";
