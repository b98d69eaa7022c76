/**
 * bzip2's format, unpacked block by block: Huffman codes, move to front, the inverse of Burrows and Wheeler's transform, run lengths. Several
 * streams one after the other count as one. Every block's checksum is compared, and the stream's.
 */
import { Buffer } from "node:buffer";

/** Where a block is sorted out; none outlives the step that yields it. */
let order = new Uint32Array(0);

/** The next bytes of the input; none at its end. */
export type NextBytes = () => Uint8Array;

const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
const GROUP = 50;
const MOST_CODE_BITS = 20;

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});

export function* bunzip2(next: NextBytes): Generator<Uint8Array> {
  const bits = new BitReader(next);
  let streams = 0;
  while (!bits.atEnd()) {
    if (bits.read(24) !== 0x425a68) {
      throw new Error(streams === 0 ? "it is not a bzip2 file" : "what follows the bzip2 stream is none");
    }
    const level = bits.read(8) - 48;
    if (level < 1 || level > 9) throw new Error("the bzip2 head is damaged");
    if (order.length < level * 100_000) order = new Uint32Array(level * 100_000);
    let streamCrc = 0;
    for (;;) {
      const magic = bits.read(24) * 2 ** 24 + bits.read(24);
      const crc = bits.read32();
      if (magic === END_MAGIC) {
        if (crc !== streamCrc) throw new Error("the checksum of the bzip2 stream is wrong");
        break;
      }
      if (magic !== BLOCK_MAGIC) throw new Error("a bzip2 block has no head");
      const bytes = readBlock(bits, order.subarray(0, level * 100_000));
      if (~crcOf(bytes, -1) !== crc) throw new Error("the checksum of a bzip2 block is wrong");
      streamCrc = ((streamCrc << 1) | (streamCrc >>> 31)) ^ crc;
      yield bytes;
    }
    bits.toByte();
    streams++;
  }
  if (streams === 0) throw new Error("unexpected end of file");
}

/** Goes on from `crc`; -1 at the start, and turned over at the end. */
export function crcOf(bytes: Uint8Array, crc: number): number {
  for (let i = 0; i < bytes.length; i++) crc = (crc << 8) ^ CRC_TABLE[(crc >>> 24) ^ bytes[i]];
  return crc;
}

function readBlock(bits: BitReader, order: Uint32Array): Uint8Array {
  if (bits.read(1) === 1) throw new Error("a bzip2 block is randomized, which has long been given up");
  const origin = bits.read(24);
  const used = readSymbols(bits);
  const tables = readTables(bits, used.length + 2);
  const selectors = tables.selectors;
  const counts = new Uint32Array(256);
  const front = Uint8Array.from(used);
  const end = used.length + 1;
  let size = 0;
  let run = 0;
  let runBit = 1;
  for (let at = 0; ; at++) {
    const group = Math.floor(at / GROUP);
    if (group >= selectors.length) throw new Error("a bzip2 block has no end");
    const symbol = tables.codes[selectors[group]].read(bits);
    if (symbol <= 1) {
      run += runBit << symbol;
      runBit <<= 1;
      if (run > order.length) throw new Error("a bzip2 block is longer than its stream allows");
      continue;
    }
    if (run > 0) {
      if (size + run > order.length) throw new Error("a bzip2 block is longer than its stream allows");
      counts[front[0]] += run;
      order.fill(front[0], size, size + run);
      size += run;
      run = 0;
      runBit = 1;
    }
    if (symbol === end) break;
    if (size === order.length) throw new Error("a bzip2 block is longer than its stream allows");
    const byte = front[symbol - 1];
    front.copyWithin(1, 0, symbol - 1);
    front[0] = byte;
    counts[byte]++;
    order[size++] = byte;
  }
  if (size === 0 || origin >= size) throw new Error("a bzip2 block starts outside of itself");
  return withoutRuns(inverse(order, size, counts, origin));
}

function readSymbols(bits: BitReader): number[] {
  const ranges = bits.read(16);
  const used: number[] = [];
  for (let range = 0; range < 16; range++) {
    if ((ranges & (0x8000 >>> range)) === 0) continue;
    const map = bits.read(16);
    for (let i = 0; i < 16; i++) if ((map & (0x8000 >>> i)) !== 0) used.push(range * 16 + i);
  }
  if (used.length === 0) throw new Error("a bzip2 block uses no byte");
  return used;
}

function readTables(
  bits: BitReader,
  symbols: number,
): { readonly selectors: Uint8Array; readonly codes: readonly HuffmanCode[] } {
  const groups = bits.read(3);
  const count = bits.read(15);
  if (groups < 2 || groups > 6 || count === 0) throw new Error("the tables of a bzip2 block are damaged");
  const front = Array.from({ length: groups }, (_, i) => i);
  const selectors = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    let at = 0;
    while (bits.read(1) === 1) if (++at >= groups) throw new Error("the tables of a bzip2 block are damaged");
    front.unshift(...front.splice(at, 1));
    selectors[i] = front[0];
  }
  const codes = Array.from({ length: groups }, () => {
    const lengths = new Uint8Array(symbols);
    let length = bits.read(5);
    for (let i = 0; i < symbols; i++) {
      for (;;) {
        if (length < 1 || length > MOST_CODE_BITS) throw new Error("a code of a bzip2 block is damaged");
        if (bits.read(1) === 0) break;
        length += bits.read(1) === 0 ? 1 : -1;
      }
      lengths[i] = length;
    }
    return new HuffmanCode(lengths);
  });
  return { selectors, codes };
}

/** A canonical code: symbols in order of length, then of number. */
class HuffmanCode {
  /** For each length, one more than the last code; the codes of a length are `first[length]` on. */
  readonly #limit = new Int32Array(MOST_CODE_BITS + 1);
  readonly #base = new Int32Array(MOST_CODE_BITS + 1);
  readonly #symbols: Uint16Array;
  readonly #shortest: number;

  constructor(lengths: Uint8Array) {
    const counts = new Int32Array(MOST_CODE_BITS + 1);
    for (const length of lengths) counts[length]++;
    this.#symbols = new Uint16Array(lengths.length);
    this.#shortest = counts.findIndex((count) => count > 0);
    let code = 0;
    let index = 0;
    for (let length = 1; length <= MOST_CODE_BITS; length++) {
      code <<= 1;
      this.#base[length] = index - code;
      for (let symbol = 0; symbol < lengths.length; symbol++)
        if (lengths[symbol] === length) this.#symbols[index++] = symbol;
      code += counts[length];
      this.#limit[length] = code;
    }
  }

  read(bits: BitReader): number {
    let length = this.#shortest;
    let code = bits.read(length);
    while (code >= this.#limit[length]) {
      if (++length > MOST_CODE_BITS) throw new Error("a bzip2 block has a code that stands for nothing");
      code = (code << 1) | bits.read(1);
    }
    return this.#symbols[this.#base[length] + code];
  }
}

/** `order` has a byte in the low 8 bits of each entry; the links go into the high ones. */
function inverse(order: Uint32Array, size: number, counts: Uint32Array, origin: number): Uint8Array {
  const starts = new Uint32Array(256);
  for (let byte = 1; byte < 256; byte++) starts[byte] = starts[byte - 1] + counts[byte - 1];
  for (let i = 0; i < size; i++) order[starts[order[i] & 255]++] |= i << 8;
  const bytes = new Uint8Array(size);
  let at = order[origin] >>> 8;
  for (let i = 0; i < size; i++) {
    const entry = order[at];
    bytes[i] = entry & 255;
    at = entry >>> 8;
  }
  return bytes;
}

/** After four equal bytes comes how many more there are. */
function withoutRuns(bytes: Uint8Array): Uint8Array {
  let length = 0;
  const walk = (out: Uint8Array | null): void => {
    length = 0;
    let same = 0;
    for (let i = 0; i < bytes.length; i++) {
      same = i > 0 && same > 0 && bytes[i] === bytes[i - 1] ? same + 1 : 1;
      if (out !== null) out[length] = bytes[i];
      length++;
      if (same === 4) {
        if (++i === bytes.length) throw new Error("a bzip2 block ends inside a run");
        out?.fill(bytes[i - 1], length, length + bytes[i]);
        length += bytes[i];
        same = 0;
      }
    }
  };
  walk(null);
  const out = Buffer.allocUnsafe(length);
  walk(out);
  return out;
}

class BitReader {
  readonly #next: NextBytes;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #held = 0;
  #bits = 0;

  constructor(next: NextBytes) {
    this.#next = next;
  }

  /** At most 24 bits. */
  read(count: number): number {
    while (this.#bits < count) {
      if (!this.#fill()) throw new Error("unexpected end of file");
      this.#held = (this.#held << 8) | this.#bytes[this.#at++];
      this.#bits += 8;
    }
    this.#bits -= count;
    return (this.#held >>> this.#bits) & ((1 << count) - 1);
  }

  read32(): number {
    return (this.read(16) << 16) | this.read(16);
  }

  toByte(): void {
    this.#bits -= this.#bits % 8;
  }

  atEnd(): boolean {
    return this.#bits === 0 && !this.#fill();
  }

  #fill(): boolean {
    if (this.#at < this.#bytes.length) return true;
    this.#bytes = this.#next();
    this.#at = 0;
    return this.#bytes.length > 0;
  }
}
