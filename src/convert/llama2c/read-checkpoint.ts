import { basename, dirname, extname, join } from "node:path";
import { LlamaError } from "../../errors.js";
import { shownPath } from "../../files/failure.js";
import { FileSource } from "../../files/source.js";
import { findTensorTypeByName, type TensorType } from "../../gguf/format.js";
import { architectureNamed } from "../../model/architectures.js";
import { hyperparameterEntries } from "../../model/hyperparameters.js";
import {
  LAYER_TENSORS,
  type LayerRole,
  layerTensorName,
  type ModelRole,
  modelTensorName,
} from "../../model/tensors.js";
import type { StoredMatrix } from "../../quantize/piece.js";
import { type Checkpoint, text } from "../checkpoint.js";
import { vocabularyEntries } from "../vocabulary.js";
import { type Llama2cHeader, readHeader } from "./header.js";
import { readTokenizerBin } from "./tokenizer-bin.js";

type Part = LayerRole | Exclude<ModelRole, "ropeFactors"> | "ropeTables";

const MATRICES: readonly Part[] = ["query", "key", "value", "attentionOutput"];
const FEED_FORWARD: readonly Part[] = ["gate", "down", "up"];

/** The parts in the order of each version; those of layers have all layers together. */
const ORDERS: Readonly<Record<0 | 1, readonly Part[]>> = {
  0: [
    "tokenEmbedding",
    "attentionNorm",
    ...MATRICES,
    "feedForwardNorm",
    ...FEED_FORWARD,
    "outputNorm",
    "ropeTables",
    "output",
  ],
  1: ["attentionNorm", "feedForwardNorm", "outputNorm", "tokenEmbedding", ...MATRICES, ...FEED_FORWARD, "output"],
};

/** llama2.c has them in its code. */
const NORM_EPSILON = 1e-5;
const ROPE_BASE = 10000;

/**
 * Reads a checkpoint of llama2.c, whose weights are F32 and whose rows are ordered as GGUF has them.
 * @param tokenizer by default `tokenizer.bin` beside the file
 * @throws LlamaError `format` where the file's length is not what its header asks for; as `readHeader`
 */
export function readLlama2c(path: string, tokenizer = join(dirname(path), "tokenizer.bin")): Checkpoint {
  const source = new FileSource(path, "a checkpoint of llama2.c");
  try {
    const header = readHeader(source, path);
    const tensors = layOut(header, path, source.size);
    const { dim, hiddenDim, layers, heads, kvHeads, vocabularySize, contextLength } = header;
    const vocabulary = readTokenizerBin(tokenizer, vocabularySize);
    const values = { vocabularySize, contextLength, dim, layers, hiddenDim, heads, kvHeads };
    const fixed = { ropeBase: ROPE_BASE, ropeDims: dim / heads, normEpsilon: NORM_EPSILON };
    return {
      metadata: new Map([
        ["general.type", text("model")],
        ["general.name", text(basename(path, extname(path)))],
        ...hyperparameterEntries(architectureNamed("llama"), { ...values, ...fixed }),
        ...vocabularyEntries(vocabulary, vocabularySize),
      ]),
      tensors,
      isTied: header.isTied,
      biases: [],
      ropeFactors: undefined,
      inputs: [path, tokenizer],
    };
  } finally {
    source.close();
  }
}

/** Where each tensor lies. */
function layOut(header: Llama2cHeader, path: string, size: number): Map<string, StoredMatrix> {
  const type = findTensorTypeByName("F32") as TensorType;
  const tensors = new Map<string, StoredMatrix>();
  let offset = header.bytes;
  const add = (name: string, rows: number, columns: number) => {
    tensors.set(name, { name, path, offset, type, rows, columns });
    offset += 4 * rows * columns;
  };
  const { dim, heads, vocabularySize, contextLength, layers, isTied } = header;
  const sizes = { ...header, headSize: dim / heads };
  for (const part of ORDERS[header.version]) {
    switch (part) {
      case "ropeTables": // cosines and sines that every reader computes itself
        offset += 4 * contextLength * sizes.headSize;
        break;
      case "outputNorm":
        add(modelTensorName(part), 1, dim);
        break;
      case "tokenEmbedding":
      case "output":
        if (part === "tokenEmbedding" || !isTied) add(modelTensorName(part), vocabularySize, dim);
        break;
      default: {
        const [columns = 1, rows = 1] = LAYER_TENSORS[part].dims(sizes);
        for (let layer = 0; layer < layers; layer++) add(layerTensorName(part, layer), rows, columns);
      }
    }
    // A header may ask for more layers than there could be tensors in memory.
    if (offset > size) break;
  }
  if (offset === size) return tensors;
  throw new LlamaError(
    "format",
    `${shownPath(path)} has ${size} bytes, which is not what the header of a llama2.c checkpoint asks for; it is truncated, or of another kind.`,
  );
}
