import { d, dmin, fitAffineBlock, fitSignedBlock, LEVELS, MINS, SCALES } from "./super-fit";

/**
 * The K formats, to the byte as src/quantize/super-blocks.ts has them; the byte diagrams stand in assembly/formats/.
 */

function level(i: usize): u32 {
  return load<u8>(LEVELS + i);
}

/** Eight scales and eight mins of 6 bits in 12 bytes. */
function putScalesAndMins(out: usize): void {
  for (let j: usize = 0; j < 4; j++) {
    const s4 = <u32>load<u8>(SCALES + j, 4);
    const m4 = <u32>load<u8>(MINS + j, 4);
    store<u8>(out + j, <u8>(load<u8>(SCALES + j) | ((s4 >> 4) << 6)));
    store<u8>(out + j, <u8>(load<u8>(MINS + j) | ((m4 >> 4) << 6)), 4);
    store<u8>(out + j, <u8>((s4 & 15) | ((m4 & 15) << 4)), 8);
  }
}

/** Four numbers of 2 bits a byte, those of the levels from bit `shift` on. */
function putPairsOfBits(out: usize, shift: u32): void {
  for (let i: usize = 0; i < 64; i++) {
    const first = (i >> 5) * 128 + (i & 31);
    const low = ((level(first) >> shift) & 3) | (((level(first + 32) >> shift) & 3) << 2);
    const high = (((level(first + 64) >> shift) & 3) << 4) | (((level(first + 96) >> shift) & 3) << 6);
    store<u8>(out + i, <u8>(low | high));
  }
}

/** Two levels of 4 bits a byte: of each 2 * apart values, byte i has values i and i + apart. */
function putHalfBytes(out: usize, apart: usize): void {
  for (let i: usize = 0; i < 128; i++) {
    const first = (i / apart) * 2 * apart + (i % apart);
    store<u8>(out + i, <u8>((level(first) & 15) | ((level(first + apart) & 15) << 4)));
  }
}

/** Bit `shift` of every level: bit b of byte i is that of value 32 * b + i. */
function putHighBits(out: usize, shift: u32): void {
  for (let i: usize = 0; i < 32; i++) {
    let mask: u32 = 0;
    for (let bit: usize = 0; bit < 8; bit++) mask |= (level(bit * 32 + i) >> shift) << (<u32>bit);
    store<u8>(out + i, <u8>mask);
  }
}

export function write_q2_k(values: usize, out: usize, blocks: i32): i32 {
  for (let block = 0; block < blocks; block++, values += 1024, out += 84) {
    if (!fitAffineBlock(values, 16, 3, 15, -0.5, 0.1, 15)) return block;
    for (let j: usize = 0; j < 16; j++) store<u8>(out + j, load<u8>(SCALES + j) | (load<u8>(MINS + j) << 4));
    putPairsOfBits(out + 16, 0);
    store<u16>(out, <u16>d, 80);
    store<u16>(out, <u16>dmin, 82);
  }
  return -1;
}

/** Scale j of Q3_K as it is stored, from 0 on. */
function storedScale(j: usize): u32 {
  return <u32>(<i32>load<i8>(SCALES + j) + 32);
}

export function write_q3_k(values: usize, out: usize, blocks: i32): i32 {
  for (let block = 0; block < blocks; block++, values += 1024, out += 110) {
    if (!fitSignedBlock(values, 4, 32)) return block;
    putHighBits(out, 2);
    putPairsOfBits(out + 32, 0);
    for (let j: usize = 0; j < 8; j++) {
      store<u8>(out + j, <u8>((storedScale(j) & 15) | ((storedScale(j + 8) & 15) << 4)), 96);
    }
    for (let j: usize = 0; j < 4; j++) {
      let high: u32 = 0;
      for (let k: usize = 0; k < 4; k++) high |= (storedScale(j + 4 * k) >> 4) << (2 * <u32>k);
      store<u8>(out + j, <u8>high, 104);
    }
    store<u16>(out, <u16>d, 108);
  }
  return -1;
}

export function write_q4_k(values: usize, out: usize, blocks: i32): i32 {
  for (let block = 0; block < blocks; block++, values += 1024, out += 144) {
    if (!fitAffineBlock(values, 32, 15, 63, -1, 0.1, 20)) return block;
    store<u16>(out, <u16>d);
    store<u16>(out, <u16>dmin, 2);
    putScalesAndMins(out + 4);
    putHalfBytes(out + 16, 32);
  }
  return -1;
}

export function write_q5_k(values: usize, out: usize, blocks: i32): i32 {
  for (let block = 0; block < blocks; block++, values += 1024, out += 176) {
    if (!fitAffineBlock(values, 32, 31, 63, -0.5, 0.1, 15)) return block;
    store<u16>(out, <u16>d);
    store<u16>(out, <u16>dmin, 2);
    putScalesAndMins(out + 4);
    putHighBits(out + 16, 4);
    putHalfBytes(out + 48, 32);
  }
  return -1;
}

export function write_q6_k(values: usize, out: usize, blocks: i32): i32 {
  for (let block = 0; block < blocks; block++, values += 1024, out += 210) {
    if (!fitSignedBlock(values, 32, 128)) return block;
    putHalfBytes(out, 64);
    putPairsOfBits(out + 128, 4);
    for (let j: usize = 0; j < 16; j++) store<u8>(out + j, load<u8>(SCALES + j), 192);
    store<u16>(out, <u16>d, 208);
  }
  return -1;
}
