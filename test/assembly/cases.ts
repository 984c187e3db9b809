import { findTensorTypeByName, type TensorType } from "#dist/gguf/format.js";

/** What the tests need to know of a format beyond the type table. */
export interface FormatCase {
  readonly type: TensorType;
  /** Offsets within a block of its 16-bit floats, or of the upper half of its 32-bit one. */
  readonly scales: readonly number[];
  /**
   * Largest error of a product, relative to the sum over its blocks of the largest |w| (|d|, where that is larger: it
   * stays in sums whose offset cancels) times the sum of |x|. It is only the rounding of f32 sums, which is worst for
   * the long sums of equal values that dense formats are tried with.
   */
  readonly tolerance: number;
  /** SHA-256 of the dequantised {@link patternBlocks}, by gguf-py 0.19. */
  readonly digest: string;
}

const row = (name: string, scales: number[], tolerance: number, digest: string): FormatCase => {
  const type = findTensorTypeByName(name);
  if (type === undefined) throw new Error(`there is no type ${name}`);
  return { type, scales, tolerance, digest };
};

export const FORMATS: readonly FormatCase[] = [
  row("F32", [2], 6e-7, "7a0cab2b7f575c8f09755afbc1f1641851c9d9dcf20e749800ae21dd114f6060"),
  row("F16", [0], 3e-7, "4340d7e81cad945aeb0f43f23b7e73e3caf5c3328241eebe675c363a408de874"),
  row("BF16", [0], 6e-7, "13c44749848ebcdc20dcfae06e48f9998a8d264830c28b1a2903188a0367e330"),
  row("Q4_0", [0], 2e-7, "4215941ac9735cba3ef2eff0775ec2718c76a3d9147487b9b3422c1d6bfd302e"),
  row("Q4_1", [0, 2], 2e-7, "8a2f488d77ce923feee3d4f1b851913a1fc9529a714590877b10198a8d6af930"),
  row("Q5_0", [0], 2e-7, "8f72889332cf19675922409b6f7b86467c2e195d7bb5ddddb8b9369a43d30a86"),
  row("Q5_1", [0, 2], 2e-7, "055e14b51a751fc2e8e9307f13f731180462d099eb33e6fa1fd15782d124dbca"),
  row("Q8_0", [0], 2e-7, "cb4ba76ecbc8a5830bbff2e18cc043f8c4ffc5732bb55ad7b27293146ebd3560"),
  row("Q2_K", [80, 82], 2e-7, "167a492c4732ab28740c1e1c47e54624fbd516749c52f86c681145631d279959"),
  row("Q3_K", [108], 2e-7, "abaad0e7ecf89abe7b9a8f85488f6b8ff8c67efba619758f913b3e5496f58337"),
  row("Q4_K", [0, 2], 2e-7, "9aa92ea436b864d7612543e58c660c72ecd59884da1eb27a423cd78ce4825da8"),
  row("Q5_K", [0, 2], 2e-7, "709c5bb533257603fcdfa29f80a1685f8c8d58983b3f12dc8f05451dd2539c23"),
  row("Q6_K", [208], 2e-7, "b3abde9619ee76d9c10ae68bcf3e5295d2994f631fe0973288725ae2caa07dd6"),
  row("IQ2_XXS", [0], 2e-7, "90e3106d3b071d4525bf1d303cef627ec64f142425caa8bc094dc466a7e58722"),
  row("IQ2_XS", [0], 2e-7, "aa6444aa0d06a0f512de380c22504492ac13e3315db34b843d96840f6097bd83"),
  row("IQ2_S", [0], 2e-7, "ed457a898132b84d8287accdf54b8da2b3b927f8d500c59283a0e5914db85bff"),
  row("IQ3_XXS", [0], 2e-7, "580005c8b409a5ba4c161f86b7639d774714a411aff29f5c086475737f5e4583"),
  row("IQ3_S", [0], 2e-7, "047d341773840769faf264133fc99ecb85b0f96b8dda5f48dc1f9646202776e2"),
  row("IQ4_NL", [0], 2e-7, "257fe6486b6190ef67e2b1e21bb882955f978160bb6a5539a16764d0f217dfd4"),
  row("IQ4_XS", [0], 2e-7, "d49b7897ba398a625e2d5e5a920e1b634ff1631cac242322020f82b9dbaac33b"),
  row("TQ1_0", [52], 2e-7, "72323ee815765a14997b1ba2c0b2f0f29cccd31d9a3c3aee3024ddd7785aed36"),
  row("TQ2_0", [64], 2e-7, "3b43690e7c9066243ff750cf9e61d59efc563b527dda111468886d7d047dbbaa"),
];

/** Values of {@link patternBlocks}. */
export function patternCount(type: TensorType): number {
  return 512 * (type.blockSize === 1 ? 32 : type.blockSize);
}

/** Bytes of xorshift32 (Marsaglia 2003), with scales that are finite: below 2, negative and subnormal ones too. */
export function patternBlocks({ type, scales }: FormatCase): Uint8Array {
  const blocks = patternCount(type) / type.blockSize;
  const bytes = new Uint8Array(blocks * type.blockBytes);
  let x = 0x9e3779b9;
  for (let i = 0; i < bytes.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    bytes[i] = x >>> 24;
  }
  // The upper bit of the exponent is off.
  for (let block = 0; block < blocks; block++) {
    for (const scale of scales) {
      const at = block * type.blockBytes + scale + 1;
      bytes[at] = (bytes[at] ?? 0) & 0xbf;
    }
  }
  return bytes;
}

/** Overwrites the first 16-bit scale of each block from `from` to `to`. */
export function setScales(
  bytes: Uint8Array,
  { type, scales }: FormatCase,
  value: number,
  from: number,
  to: number,
): void {
  for (let block = from; block < to; block++) {
    for (const scale of scales.slice(0, 1)) {
      bytes[block * type.blockBytes + scale] = value & 255;
      bytes[block * type.blockBytes + scale + 1] = value >> 8;
    }
  }
}

/** IEEE half precision to a number. */
export function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
