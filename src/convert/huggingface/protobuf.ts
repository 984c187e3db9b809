import { LlamaError } from "../../errors.js";

/** A field of a message: its number, and its value by its wire type. */
export interface Field {
  readonly number: number;
  /** Whole numbers and enumerations; 0 where the field is of another kind. */
  readonly integer: number;
  /** 32-bit floats; NaN where the field is of another kind. */
  readonly float: number;
  /** Texts and messages; undefined where the field is of another kind. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * The fields of a protobuf message in order (https://protobuf.dev/programming-guides/encoding). Nothing is copied:
 * bytes are views of the message.
 * @throws LlamaError `format` where the message is damaged
 */
export function* fieldsOf(message: Uint8Array, shown: string): Generator<Field> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    // Ten bytes at most; numbers beyond 2^53 lose digits, and none here has as many.
    for (let i = 0; i < 10; i++) {
      const byte = message[at++];
      if (byte === undefined) throw damaged(shown);
      value += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) return value;
    }
    throw damaged(shown);
  };
  const take = (length: number): number => {
    if (length > message.length - at) throw damaged(shown);
    at += length;
    return at - length;
  };
  const none = { integer: 0, float: Number.NaN, bytes: undefined };
  while (at < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    if (number === 0) throw damaged(shown);
    switch (key % 8) {
      case 0:
        yield { ...none, number, integer: varint() };
        break;
      case 1:
        take(8);
        break;
      case 2: {
        const length = varint();
        const start = take(length);
        yield { ...none, number, bytes: message.subarray(start, start + length) };
        break;
      }
      case 5:
        yield { ...none, number, float: view.getFloat32(take(4), true) };
        break;
      default:
        throw damaged(shown);
    }
  }
}

function damaged(shown: string): LlamaError {
  return new LlamaError("format", `${shown} is damaged, or not a SentencePiece model; download it again.`);
}
