import { createHash, type Hash } from "node:crypto";
import { open } from "node:fs/promises";

const PIECE = 1 << 20;

/** A file's checksum as it grows. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  /** In hexadecimal digits; ends it. */
  digest(): string;
}

export function sha256(): Checksum {
  return of(createHash("sha256"));
}

/**
 * The hub's name for a file: SHA-256 where it has 64 digits, else git's SHA-1 of the blob, which begins with its size.
 */
export function checksumFor(oid: string, size: number): Checksum {
  if (oid.length === 64) return sha256();
  const hash = createHash("sha1");
  hash.update(`blob ${size}\0`);
  return of(hash);
}

function of(hash: Hash): Checksum {
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    digest: () => hash.digest("hex"),
  };
}

/** Feeds the first bytes of a file to a checksum; returns how many there were. */
export async function addFile(
  checksum: Checksum,
  path: string,
  length: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const file = await open(path, "r");
  try {
    const piece = new Uint8Array(PIECE);
    let done = 0;
    while (done < length) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(piece, 0, Math.min(PIECE, length - done), done);
      if (bytesRead === 0) break;
      checksum.update(piece.subarray(0, bytesRead));
      done += bytesRead;
    }
    return done;
  } finally {
    await file.close();
  }
}
