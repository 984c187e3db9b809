/** A token to write. */
export interface Piece {
  readonly piece: string;
  readonly score: number;
  readonly type: number;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
}

function field(number: number, bytes: Uint8Array | readonly number[]): Buffer {
  return Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length), ...bytes]);
}

function f32(value: number): Uint8Array {
  return new Uint8Array(Float32Array.of(value).buffer);
}

/** The bytes of a `tokenizer.model`, by the definition of its format. */
export function sentencePieceBytes(
  tokens: readonly Piece[],
  { kind = 2, addsSpace = true, charsmap = "" } = {},
): Buffer {
  const pieces = tokens.map(({ piece, score, type }) =>
    field(
      1,
      Buffer.concat([field(1, Buffer.from(piece)), Buffer.from([2 * 8 + 5]), f32(score), Buffer.from([3 * 8, type])]),
    ),
  );
  const trainer = field(2, [3 * 8, kind, ...varint(40 * 8), 0]);
  const normalizer = field(
    3,
    Buffer.concat([
      field(1, Buffer.from("identity")),
      ...(charsmap === "" ? [] : [field(2, Buffer.from(charsmap))]),
      Buffer.from([3 * 8, addsSpace ? 1 : 0, 4 * 8, 0]),
    ]),
  );
  return Buffer.concat([...pieces, trainer, normalizer]);
}
