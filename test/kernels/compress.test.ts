/** Pieces come back as they were, damage is found or gives other bytes, and the formats are those that other programs know. */
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { inflateLz4 } from "../../src/arrow/lz4.ts";
import { Compressor, type Packed, PIECE_BYTES } from "../../src/kernels/compress.ts";
import { createCompute } from "../../src/kernels/create-compute.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { RUNS } from "./support.ts";
import { repetitive } from "./table/compress.ts";
import { SHAPES } from "./table/edges.ts";

const heap = SharedHeap.create({ limit: 32 << 20 });
const arena = heap.arena();
const { u8 } = arena.segment;
const backends = (["js", "wasm"] as const).map((backend) => {
  const compute = createCompute(heap, backend);
  return { backend, compressor: new Compressor(compute, arena), kernels: compute.kernels(arena.segment.id) };
});
afterAll(() => {
  arena.release();
  expect(heap.used).toBe(0);
  heap.close();
});

const own = (ptr: number, bytes: number): Uint8Array => u8.subarray(ptr, ptr + bytes);
const place = arena.allocate(PIECE_BYTES);
const target = arena.allocate(PIECE_BYTES + 128);
const kept = ({ encoding, bytes }: Packed): Packed => ({ encoding, bytes: bytes.slice() });

const bytesOf = (values: Float64Array | Uint32Array | BigUint64Array): Uint8Array =>
  new Uint8Array(values.buffer);
const random = (length: number): Uint32Array => {
  let x = 1;
  return Uint32Array.from({ length }, () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x;
  });
};
const LONG = 30_000;
const columns: Readonly<Record<string, { readonly bytes: Uint8Array; readonly width: number }>> = {
  "small integers as f64": { bytes: bytesOf(Float64Array.from(random(LONG), (v) => v % 1000)), width: 8 },
  "prices as f64": { bytes: bytesOf(Float64Array.from(random(LONG), (v) => (v % 100_000) / 100)), width: 8 },
  "u32 keys": { bytes: bytesOf(random(LONG).map((v) => v % 1_000_000)), width: 4 },
  "sorted u64": { bytes: bytesOf(BigUint64Array.from(random(LONG), BigInt).sort()), width: 8 },
  "random bits": { bytes: bytesOf(random(LONG)), width: 4 },
  zeros: { bytes: new Uint8Array(PIECE_BYTES), width: 1 },
  text: { bytes: Buffer.from(Array.from(random(LONG), (v) => `word${v % 500}`).join(" ")), width: 1 },
};

const pieces = fc.oneof(
  fc.constantFrom(...Object.values(columns)),
  fc.record({
    bytes: fc.constantFrom(...SHAPES).chain(repetitive),
    width: fc.constantFrom(1, 2, 4, 8, 16),
  }),
);

describe("pieces", () => {
  test("come back from either backend as they were, compressed to the same bytes", () => {
    fc.assert(
      fc.property(pieces, fc.boolean(), fc.nat({ max: 9 }), ({ bytes, width }, within, skew) => {
        const piece = within ? own(place + skew, Math.min(bytes.length, PIECE_BYTES - 9)) : bytes;
        if (within) piece.set(bytes.subarray(0, piece.length));
        const before = piece.slice();
        const [js, wasm] = backends.map(({ compressor }) => kept(compressor.compress(piece, width)));
        expect(wasm.encoding).toBe(js.encoding);
        expect(Buffer.compare(wasm.bytes, js.bytes)).toBe(0);
        expect(Buffer.compare(piece, before)).toBe(0);
        for (const { compressor } of backends) {
          u8.fill(0xa5, target, target + piece.length + 128);
          for (const to of [own(target + 64, piece.length), new Uint8Array(piece.length)]) {
            expect(compressor.decompress(js, width, to)).toBe(true);
            expect(Buffer.compare(to, before)).toBe(0);
          }
          for (let i = 0; i < 64; i++) {
            expect(u8[target + i]).toBe(0xa5);
            expect(u8[target + 64 + piece.length + i]).toBe(0xa5);
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("take what the encoding that suits them takes", () => {
    const sizes = Object.fromEntries(
      Object.entries(columns).map(([name, { bytes, width }]) => {
        const { encoding, bytes: packed } = backends[1].compressor.compress(
          bytes.subarray(0, PIECE_BYTES),
          width,
        );
        return [
          name,
          [encoding, Math.floor((Math.min(bytes.length, PIECE_BYTES) / packed.length) * 10) / 10],
        ];
      }),
    );
    expect(sizes).toEqual({
      "small integers as f64": ["planes", 3.9],
      "prices as f64": ["lz4", 1.7],
      "u32 keys": ["planes", 1.3],
      "sorted u64": ["planes", 2.6],
      "random bits": ["plain", 1],
      zeros: ["lz4", 252.5],
      text: ["lz4", 2.5],
    });
  });

  test("that are damaged or cut off are found to be, or are other bytes of the same length", () => {
    fc.assert(
      fc.property(
        pieces,
        fc.array(fc.record({ at: fc.nat(), value: fc.nat({ max: 255 }) }), { maxLength: 4 }),
        fc.option(fc.nat()),
        ({ bytes, width }, changes, cut) => {
          const piece = bytes.subarray(0, PIECE_BYTES);
          const { encoding, bytes: whole } = kept(backends[1].compressor.compress(piece, width));
          const damaged = cut === null ? whole : whole.subarray(0, cut % (whole.length + 1));
          for (const { at, value } of changes) damaged[at % damaged.length] = value;
          const results = backends.map(({ compressor }) => {
            const to = own(target + 64, piece.length);
            u8.fill(0xa5, target, target + piece.length + 128);
            const found = compressor.decompress({ encoding, bytes: damaged }, width, to);
            for (let i = 0; i < 64; i++) {
              expect(u8[target + i]).toBe(0xa5);
              expect(u8[target + 64 + piece.length + i]).toBe(0xa5);
            }
            return found ? Buffer.from(to).toString("hex") : false;
          });
          expect(results[1]).toEqual(results[0]);
        },
      ),
      { numRuns: RUNS * 2 },
    );
  });

  test("of which any end is missing are corrupt", () => {
    const { bytes, width } = columns["text"];
    const piece = bytes.subarray(0, 3000);
    for (const { compressor } of backends) {
      const { encoding, bytes: whole } = kept(compressor.compress(piece, width));
      expect(encoding).toBe("lz4");
      const to = new Uint8Array(piece.length);
      for (let length = 0; length < whole.length; length++)
        expect(compressor.decompress({ encoding, bytes: whole.subarray(0, length) }, width, to)).toBe(false);
    }
  });
});

test("an LZ4 block is inflated by another reader of the format", () => {
  fc.assert(
    fc.property(fc.constantFrom(...SHAPES).chain(repetitive), (bytes) => {
      const src = place;
      u8.set(bytes, src);
      const room = bytes.length + (bytes.length >>> 7) + 16;
      const table = arena.allocate(16384);
      for (const { kernels } of backends) {
        const size = kernels.lz4Compress(src, bytes.length, target, room, table);
        const head = Buffer.alloc(11);
        head.writeUInt32LE(0x184d2204, 0);
        head[4] = 0x60;
        head[5] = 0x50;
        head.writeUInt32LE(size, 7);
        const frame = Buffer.concat([head, own(target, size), Buffer.alloc(4)]);
        expect(Buffer.compare(inflateLz4(frame, bytes.length), bytes)).toBe(0);
      }
      arena.shrinkLast(table, 0);
    }),
    { numRuns: RUNS },
  );
});
