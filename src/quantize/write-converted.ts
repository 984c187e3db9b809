import { AtomicFile } from "../files/atomic-file.js";
import { type TensorType, tensorBytes } from "../gguf/format.js";
import type { MetadataEntry } from "../gguf/metadata.js";
import { encodeHead } from "../gguf/writer.js";
import { platform } from "../platform/current.js";
import { bytesToRead, type Piece, piecesOf, refuseValue, type StoredMatrix } from "./piece.js";
import { startConverters } from "./team.js";

/** How to convert a file. */
export interface ConversionOptions {
  /** Whether a file that is there already is replaced; by default that is an error. */
  readonly force?: boolean | undefined;
  /** Threads that convert; by default as many as there are cores. */
  readonly threads?: number | undefined;
  /** Called after every stretch with the part that is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Ends the conversion and leaves nothing behind; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A tensor to write and where its values come from. */
export interface ConvertedTensor {
  readonly name: string;
  readonly source: StoredMatrix | StoredParts | InlineValues;
  readonly type: TensorType;
  /** Row length first, as in the file. */
  readonly dims: readonly number[];
}

/** Matrices that become one tensor, one below the other. */
export interface StoredParts {
  readonly parts: readonly StoredMatrix[];
}

/** A tensor that no file has: its bytes in its type. */
export interface InlineValues {
  readonly bytes: Uint8Array;
}

/** A GGUF file that is made out of other files. */
export interface ConvertedFile {
  readonly metadata: Iterable<readonly [string, MetadataEntry]>;
  readonly tensors: readonly ConvertedTensor[];
  /** Files that are read for it. */
  readonly inputs: readonly string[];
}

/**
 * Writes a file whose matrices are converted by all cores, in memory for a few pieces a thread. It appears when it is
 * whole.
 * @throws LlamaError `numeric` for NaN, infinity and values beyond a type's range, with tensor and row; `exists`,
 *   `unwritable`; the signal's reason when aborted
 */
export async function writeConverted(
  output: string,
  { metadata, tensors, inputs }: ConvertedFile,
  { force, signal, onProgress, threads = platform.physicalCores() }: ConversionOptions,
): Promise<void> {
  signal?.throwIfAborted();
  const matrices = tensors.flatMap(({ source }) => ("bytes" in source ? [] : matricesOf(source)));
  const values = matrices.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const total = matrices.reduce((sum, { type, rows, columns }) => sum + tensorBytes(type, rows * columns), 0);
  const target = new AtomicFile(output, { force, inputs });
  try {
    target.write(encodeHead({ metadata, tensors }));
    const converters = await startConverters(threads, values);
    try {
      let done = 0;
      const steps = stepsOf(tensors);
      const underWay: { step: Step; result: ReturnType<typeof converters.convert> }[] = [];
      for (let isOver = false; !isOver || underWay.length > 0; ) {
        while (!isOver && underWay.length < converters.depth) {
          const { value: step } = steps.next();
          isOver = step === undefined;
          if (step === undefined) break;
          const result = "bytes" in step ? Promise.resolve(new Uint8Array(step.bytes)) : converters.convert(step.piece);
          result.catch(() => undefined); // heard below, when its turn comes
          underWay.push({ step, result });
        }
        const next = underWay.shift();
        if (next === undefined) break;
        const result = await next.result;
        signal?.throwIfAborted();
        if (!(result instanceof Uint8Array)) {
          if ("bytes" in next.step) throw new TypeError("bytes that are there cannot be refused");
          throw refuseValue(next.step.piece, result);
        }
        target.write(result);
        if ("bytes" in next.step) continue;
        done += bytesToRead(next.step.piece);
        onProgress?.(done / total);
      }
    } finally {
      await converters.close();
    }
    target.commit();
  } finally {
    target.discard();
  }
}

function matricesOf(source: StoredMatrix | StoredParts): readonly StoredMatrix[] {
  return "parts" in source ? source.parts : [source];
}

/** What is written next: a piece, or bytes as they are. */
type Step = { readonly piece: Piece } | InlineValues;

/** All tensors in pieces, each padded at its end as the format wants. */
function* stepsOf(tensors: readonly ConvertedTensor[]): Generator<Step, undefined> {
  for (const { source, type, dims } of tensors) {
    if ("bytes" in source) yield source;
    else for (const matrix of matricesOf(source)) for (const piece of piecesOf(matrix, type)) yield { piece };
    const count = dims.reduce((product, dim) => product * dim, 1);
    yield { bytes: new Uint8Array(-tensorBytes(type, count) & 31) };
  }
  return undefined;
}
