import { LlamaError, printable } from "../../errors.js";
import { FileSource } from "../../files/source.js";
import type { TensorInfo } from "../../gguf/tensors.js";

/**
 * Where the bytes of a model's tensors come from: the files that its tensors name, or tiles. It is sent to every
 * worker, which opens a {@link WeightSource} of its own.
 */
export type WeightOrigin = { readonly kind: "files" } | TiledOrigin;

/** Weights that no file holds: tensors by name, each made of stretches of a tile. */
export interface TiledOrigin {
  readonly kind: "tiles";
  readonly tensors: ReadonlyMap<string, Tiling>;
}

/** A tensor is a sequence of runs of whole blocks, each copied from a place in the tile that seed and index decide. */
export interface Tiling {
  /** Encoded blocks; tensors of one type may share it. */
  readonly tile: Uint8Array;
  /** Bytes of the smallest unit that may not be cut: a block. */
  readonly blockBytes: number;
  /** Where the tensor would begin in a file, for there are parts of tensors, which begin later. */
  readonly offset: number;
  readonly seed: number;
}

/** What the loader reads weights from. Bytes depend on the tensor and the offset alone, whoever asks. */
export interface WeightSource {
  /**
   * Fills `target` with the tensor's bytes, in its file's layout, from `offset` on.
   * @throws LlamaError `format` where a file has become shorter since it was opened, `not-found` and `unreadable` where
   *   it is there no more or has become something else
   */
  read(tensor: TensorInfo, offset: number, target: Uint8Array): void;
  close(): void;
}

export function openWeights(origin: WeightOrigin): WeightSource {
  return origin.kind === "files" ? new FileWeights() : new TiledWeights(origin);
}

class FileWeights implements WeightSource {
  readonly #sources = new Map<string, FileSource>();

  read(tensor: TensorInfo, offset: number, target: Uint8Array): void {
    if (this.#sourceOf(tensor.path).read(target, tensor.offset + offset) === target.length) return;
    throw new LlamaError(
      "format",
      `The file ${printable(tensor.path, 256)} ended within tensor ${printable(tensor.name)} while it was read; it was longer when it was opened.`,
    );
  }

  close(): void {
    for (const source of this.#sources.values()) source.close();
    this.#sources.clear();
  }

  #sourceOf(path: string): FileSource {
    const known = this.#sources.get(path);
    if (known !== undefined) return known;
    const source = new FileSource(path, "a GGUF file");
    this.#sources.set(path, source);
    return source;
  }
}

/** Long enough that memory is filled at the speed of copying, short enough that a tile holds many. */
const RUN_BYTES = 16 << 10;

class TiledWeights implements WeightSource {
  readonly #tensors: ReadonlyMap<string, Tiling>;

  constructor(origin: TiledOrigin) {
    this.#tensors = origin.tensors;
  }

  read(tensor: TensorInfo, offset: number, target: Uint8Array): void {
    const tiling = this.#tensors.get(tensor.name);
    if (tiling === undefined) throw new RangeError(`there is no tile for ${tensor.name}`);
    const { tile, blockBytes, seed } = tiling;
    const from = tensor.offset - tiling.offset + offset;
    const runBytes = Math.max(1, Math.floor(RUN_BYTES / blockBytes)) * blockBytes;
    const places = Math.floor((tile.length - runBytes) / blockBytes) + 1;
    for (let done = 0; done < target.length; ) {
      const run = Math.floor((from + done) / runBytes);
      const within = from + done - run * runBytes;
      const count = Math.min(runBytes - within, target.length - done);
      const start = (scrambled(seed, run) % places) * blockBytes + within;
      target.set(tile.subarray(start, start + count), done);
      done += count;
    }
  }

  close(): void {}
}

/** 32 bits that look random: the finaliser of MurmurHash3 over both numbers. */
function scrambled(seed: number, index: number): number {
  let h = Math.imul(seed ^ Math.imul(index, 0x9e3779b1), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
