import fc from "fast-check";
import type { CompressKernels } from "../../../src/kernels/compress-kernels.ts";
import { bytes, notEmpty, type Shape, u32s, u64s } from "./edges.ts";
import { type KernelCases, kernelCase } from "./kernel-case.ts";

const TABLE_SLOTS = 4096;

/** Bytes that repeat themselves at distances below and above 16, in runs short and long, and some that do not. */
export const repetitive = (shape: Shape): fc.Arbitrary<Uint8Array> =>
  shape === "empty"
    ? fc.constant(new Uint8Array(0))
    : fc
        .array(
          fc.oneof(
            fc.record({ part: bytes(notEmpty(shape)), times: fc.constantFrom(1, 2, 3, 20, 300) }),
            fc.record({
              part: fc.uint8Array({ minLength: 1, maxLength: 20 }),
              times: fc.constantFrom(1, 5, 60),
            }),
          ),
          { minLength: 1, maxLength: 6 },
        )
        .chain((runs) => {
          const parts = runs.map(({ part, times }) => Buffer.concat(new Array<Uint8Array>(times).fill(part)));
          const all = Buffer.concat([...parts, ...parts.slice(0, 2)]);
          return fc
            .oneof(fc.constant(all.length), fc.nat({ max: Math.min(all.length, 40) }))
            .map((length) => new Uint8Array(all.subarray(0, Math.min(length, 40_000))));
        });

const planes = (kernel: "toBytePlanes" | "fromBytePlanes") =>
  kernelCase(
    (shape) =>
      fc.oneof(
        u32s(shape).map((values) => ({ values: new Uint8Array(values.buffer), width: 4 })),
        u64s(shape).map((values) => ({ values: new Uint8Array(values.buffer), width: 8 })),
      ),
    (k, m, { values, width }) => {
      const target = m.room(values.length, 1);
      k[kernel](m.input(values), values.length / width, width, target);
      return [m.bytes(target, values.length)];
    },
  );

/** What an LZ4 block may look like: mostly short literals and copies with distances that are often in range. */
const block = fc
  .array(
    fc.record({
      token: fc.nat({ max: 255 }),
      rest: fc.uint8Array({ maxLength: 20 }),
      back: fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 65535 })),
    }),
    { maxLength: 12 },
  )
  .map((sequences) =>
    Uint8Array.from(
      sequences.flatMap(({ token, rest, back }) => {
        const count = token >> 4;
        const literals = Array.from({ length: count }, (_, i) => rest[i] ?? i);
        return [token, ...(count === 15 ? [rest.length % 3, ...literals] : literals), back & 255, back >> 8];
      }),
    ),
  );

export const compressCases: KernelCases<CompressKernels> = {
  lz4Compress: kernelCase(
    (shape) =>
      fc.record({ source: repetitive(shape), room: fc.oneof(fc.nat({ max: 400 }), fc.constant(1e9)) }),
    (k, m, { source, room }) => {
      const most = Math.min(room, source.length + (source.length >>> 7) + 16);
      const table = m.room(TABLE_SLOTS, 4);
      const from = m.input(source);
      const exact = m.room(most, 1);
      const bytes = k.lz4Compress(from, source.length, exact, most, table);
      const back = m.room(source.length, 1);
      const length = bytes > 0 ? k.lz4Decompress(exact, bytes, back, 0, source.length) : -1;
      return [bytes, m.bytes(exact, bytes), length, m.bytes(back, bytes > 0 ? source.length : 0)];
    },
  ),
  lz4Decompress: kernelCase(
    (shape) =>
      fc.record({
        source: fc.oneof(block, bytes(shape)),
        before: fc.uint8Array({ maxLength: 40 }),
        room: fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 2000 })),
      }),
    (k, m, { source, before, room }) => {
      const target = m.zeros(before.length + room, 1);
      m.segment.u8.set(before, target);
      const end = k.lz4Decompress(
        m.input(source),
        source.length,
        target,
        before.length,
        before.length + room,
      );
      return [end, m.bytes(target, Math.max(before.length, end))];
    },
  ),
  toBytePlanes: planes("toBytePlanes"),
  fromBytePlanes: planes("fromBytePlanes"),
};
