import { writeFileSync } from "node:fs";

/** A tensor to write: its values' bytes in its type. */
export interface SafeTensorToWrite {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** The bytes of a safetensors file. */
export function safetensorsBytes(tensors: ReadonlyMap<string, SafeTensorToWrite>): Uint8Array {
  let at = 0;
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  for (const [name, { dtype, shape, data }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [at, at + data.length] };
    at += data.length;
  }
  return withHeader(JSON.stringify(header), Buffer.concat([...tensors.values()].map(({ data }) => data)));
}

/** A file of any header, sound or not. */
export function withHeader(json: string, data: Uint8Array): Uint8Array {
  const header = Buffer.from(json);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, data]);
}

export function writeSafetensors(path: string, tensors: ReadonlyMap<string, SafeTensorToWrite>): void {
  writeFileSync(path, safetensorsBytes(tensors));
}
