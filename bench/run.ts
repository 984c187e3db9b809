/** Runs the benchmarks; name a kernel build to run that one alone. */
import { KERNEL_BUILDS } from "#dist/kernels/load.js";
import { benchKernels } from "./kernels.js";

const [, , wanted] = process.argv;
for (const build of KERNEL_BUILDS) if (wanted === undefined || wanted === build) await benchKernels(build);
