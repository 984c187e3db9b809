/** The entry of a worker thread that converts pieces of matrices; team.ts starts it. */
import { LlamaError, type LlamaErrorCode } from "../errors.js";
import { platform } from "../platform/current.js";
import { type BadValue, QuantizeKernel } from "./kernel.js";
import { convertPiece, type Piece } from "./piece.js";

/** A worker answers its pieces in the order in which it got them. */
export type WorkerAnswer =
  | { readonly result: Uint8Array<ArrayBuffer> | BadValue }
  | { readonly refused: { readonly code: LlamaErrorCode; readonly message: string } };

const host = platform.threadHost();
const kernel = new QuantizeKernel(host.data as WebAssembly.Module);

host.onMessage((piece) => host.post(answer(piece as Piece)));

function answer(piece: Piece): WorkerAnswer {
  try {
    return { result: convertPiece(piece, kernel) };
  } catch (error) {
    // Anything else is a defect, and ends the thread.
    if (!(error instanceof LlamaError)) throw error;
    return { refused: { code: error.code, message: error.message } };
  }
}
