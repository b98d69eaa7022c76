/**
 * bzip2's format, packed: run lengths, Burrows and Wheeler's transform, move to front, one Huffman code a block (`bunzip2.ts` undoes it).
 * The rotations of a block are sorted by doubled prefixes, so that repetitive input costs n log n as any other.
 */
import { Buffer } from "node:buffer";
import { crcOf } from "./bunzip2.ts";

/** Of 900 000 bytes after the run lengths, with room for a last run. */
const BLOCK = 899_980;
const GROUP = 50;
const MOST_CODE_BITS = 17;

export function* bzip2(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const out = new BitWriter();
  for (const byte of Buffer.from("BZh9")) out.write(byte, 8);
  let streamCrc = 0;
  for (const { bytes, crc } of runBlocks(pieces)) {
    streamCrc = ((streamCrc << 1) | (streamCrc >>> 31)) ^ crc;
    writeBlock(out, bytes, crc);
    yield out.take();
  }
  out.write(0x177245, 24);
  out.write(0x385090, 24);
  out.write32(streamCrc);
  out.toByte();
  yield out.take();
}

/** Four equal bytes are followed by how many more there are; with the checksum of what went in. */
function* runBlocks(
  pieces: Iterable<Uint8Array>,
): Generator<{ readonly bytes: Uint8Array; readonly crc: number }> {
  const bytes = new Uint8Array(BLOCK + 5);
  let size = 0;
  let crc = -1;
  let last = -1;
  let run = 0;
  for (const piece of pieces) {
    let from = 0;
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i];
      if (size >= BLOCK && (byte !== last || run === 255)) {
        crc = crcOf(piece.subarray(from, i), crc);
        yield { bytes: bytes.subarray(0, size), crc: ~crc };
        from = i;
        size = 0;
        crc = -1;
        run = 0;
      }
      if (byte === last && run > 0 && run < 255) {
        run++;
        if (run <= 4) bytes[size++] = byte;
        if (run === 4) bytes[size++] = 0;
        else if (run > 4) bytes[size - 1]++;
      } else {
        last = byte;
        run = 1;
        bytes[size++] = byte;
      }
    }
    crc = crcOf(piece.subarray(from), crc);
  }
  if (size > 0) yield { bytes: bytes.subarray(0, size), crc: ~crc };
}

function writeBlock(out: BitWriter, bytes: Uint8Array, crc: number): void {
  const { sorted, origin } = transform(bytes);
  out.write(0x314159, 24);
  out.write(0x265359, 24);
  out.write32(crc);
  out.write(0, 1);
  out.write(origin, 24);
  const used = usedBytes(bytes);
  for (let range = -1; range < 16; range++) {
    const isUsed = (i: number): boolean =>
      range < 0 ? used.some((byte) => byte >>> 4 === i) : used.includes(range * 16 + i);
    const bits = Array.from({ length: 16 }, (_, i) => (isUsed(i) ? 0x8000 >>> i : 0)).reduce((a, b) => a | b);
    if (range < 0 || bits !== 0) out.write(bits, 16);
  }
  const symbols = frontSymbols(sorted, used);
  const frequencies = new Uint32Array(used.length + 2);
  for (const symbol of symbols) frequencies[symbol]++;
  const lengths = codeLengths(frequencies);
  const selectors = Math.ceil(symbols.length / GROUP);
  // The format wants two tables at least; all groups take the first.
  out.write(2, 3);
  out.write(selectors, 15);
  for (let i = 0; i < selectors; i++) out.write(0, 1);
  for (let table = 0; table < 2; table++) writeLengths(out, lengths);
  const codes = canonicalCodes(lengths);
  for (const symbol of symbols) out.write(codes[symbol], lengths[symbol]);
}

/** The last byte of each rotation, in the order of the rotations, and which of them is the block itself. */
function transform(bytes: Uint8Array): { readonly sorted: Uint8Array; readonly origin: number } {
  const n = bytes.length;
  const order = new Int32Array(n);
  const shifted = new Int32Array(n);
  let rank = new Int32Array(n);
  let next = new Int32Array(n);
  const starts = new Int32Array(Math.max(257, n + 1));
  for (let i = 0; i < n; i++) starts[bytes[i] + 1]++;
  for (let i = 1; i <= 256; i++) starts[i] += starts[i - 1];
  for (let i = 0; i < n; i++) {
    rank[i] = bytes[i];
    order[starts[bytes[i]]++] = i;
  }
  let classes = relabel(order, rank, next, 0);
  [rank, next] = [next, rank];
  for (let known = 1; known < n && classes < n; known *= 2) {
    // By the second halves they are in order already; then stably by the first.
    for (let i = 0; i < n; i++) shifted[i] = order[i] >= known ? order[i] - known : order[i] - known + n;
    starts.fill(0, 0, classes + 1);
    for (let i = 0; i < n; i++) starts[rank[i] + 1]++;
    for (let i = 1; i <= classes; i++) starts[i] += starts[i - 1];
    for (let i = 0; i < n; i++) order[starts[rank[shifted[i]]]++] = shifted[i];
    classes = relabel(order, rank, next, known);
    [rank, next] = [next, rank];
  }
  const sorted = new Uint8Array(n);
  for (let i = 0; i < n; i++) sorted[i] = bytes[order[i] === 0 ? n - 1 : order[i] - 1];
  return { sorted, origin: order.indexOf(0) };
}

/** Equal rotations get equal ranks, as far as is known; returns how many ranks there are. */
function relabel(order: Int32Array, rank: Int32Array, into: Int32Array, known: number): number {
  const n = order.length;
  let label = 0;
  for (let i = 0; i < n; i++) {
    if (i > 0) {
      const [a, b] = [order[i - 1], order[i]];
      if (rank[a] !== rank[b] || rank[(a + known) % n] !== rank[(b + known) % n]) label++;
    }
    into[order[i]] = label;
  }
  return label + 1;
}

function usedBytes(bytes: Uint8Array): number[] {
  const used = new Uint8Array(256);
  for (const byte of bytes) used[byte] = 1;
  return Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => used[byte] === 1);
}

/** Move to front, with runs of the first one as digits of 1 and 2, and the symbol for the end. */
function frontSymbols(bytes: Uint8Array, used: readonly number[]): Uint16Array {
  const front = Uint8Array.from(used);
  const symbols = new Uint16Array(bytes.length + 1);
  let size = 0;
  let run = 0;
  const endRun = (): void => {
    for (; run > 0; run = (run - 1) >>> 1) symbols[size++] = (run - 1) & 1;
  };
  for (const byte of bytes) {
    const at = front.indexOf(byte);
    if (at === 0) {
      run++;
      continue;
    }
    endRun();
    symbols[size++] = at + 1;
    front.copyWithin(1, 0, at);
    front[0] = byte;
  }
  endRun();
  symbols[size++] = used.length + 1;
  return symbols.subarray(0, size);
}

/** Huffman's, no longer than may be: counts are flattened until it holds. */
function codeLengths(frequencies: Uint32Array): Uint8Array {
  let weights = Array.from(frequencies, (count) => Math.max(1, count));
  for (;;) {
    const parents = new Int32Array(weights.length * 2 - 1);
    const heap = weights.map((weight, i) => ({ weight, i })).sort((a, b) => b.weight - a.weight);
    for (let made = weights.length; heap.length > 1; made++) {
      const [a, b] = [heap.pop()!, heap.pop()!];
      parents[a.i] = parents[b.i] = made;
      const both = { weight: a.weight + b.weight, i: made };
      let at = heap.length;
      while (at > 0 && heap[at - 1].weight < both.weight) at--;
      heap.splice(at, 0, both);
    }
    const lengths = new Uint8Array(parents.length);
    for (let i = parents.length - 2; i >= 0; i--) lengths[i] = lengths[parents[i]] + 1;
    if (lengths.every((length) => length <= MOST_CODE_BITS)) return lengths.subarray(0, weights.length);
    weights = weights.map((weight) => (weight >>> 1) + 1);
  }
}

function writeLengths(out: BitWriter, lengths: Uint8Array): void {
  let now = lengths[0];
  out.write(now, 5);
  for (const length of lengths) {
    for (; now < length; now++) out.write(0b10, 2);
    for (; now > length; now--) out.write(0b11, 2);
    out.write(0, 1);
  }
}

function canonicalCodes(lengths: Uint8Array): Uint32Array {
  const codes = new Uint32Array(lengths.length);
  let code = 0;
  for (let length = 1; length <= MOST_CODE_BITS; length++, code <<= 1)
    for (let symbol = 0; symbol < lengths.length; symbol++)
      if (lengths[symbol] === length) codes[symbol] = code++;
  return codes;
}

class BitWriter {
  #bytes = new Uint8Array(1 << 16);
  #size = 0;
  #held = 0;
  #bits = 0;

  /** At most 24 bits. */
  write(value: number, count: number): void {
    this.#held = (this.#held << count) | value;
    this.#bits += count;
    while (this.#bits >= 8) {
      if (this.#size === this.#bytes.length) {
        const grown = new Uint8Array(this.#size * 2);
        grown.set(this.#bytes);
        this.#bytes = grown;
      }
      this.#bits -= 8;
      this.#bytes[this.#size++] = this.#held >>> this.#bits;
    }
  }

  write32(value: number): void {
    this.write(value >>> 16, 16);
    this.write(value & 0xffff, 16);
  }

  toByte(): void {
    if (this.#bits > 0) this.write(0, 8 - this.#bits);
  }

  /** The whole bytes so far; starts anew. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#size);
    this.#size = 0;
    return taken;
  }
}
