import fc from "fast-check";
import { isWideImage } from "../../../src/kernels/key-image.ts";
import type { PairKernels } from "../../../src/kernels/pair-kernels.ts";
import { f64s, i64s, idsBelow, type Shape, u32s, u64s, valuesFor } from "./edges.ts";
import { type CaseMemory, type KernelCases, kernelCase } from "./kernel-case.ts";
import { bucketStarts, bytesOfGrid, gridded, imagesOf, type KeyColumn, keyed } from "./sort.ts";

const widths = fc.constantFrom(4 as const, 8 as const);
const keyBytes = ({ kind }: KeyColumn): number => (isWideImage(kind) ? 8 : 4);

/** The keys, each with its row number, 4 bytes or twice, as words row by row. */
function packedWords({ keys, kind }: KeyColumn, width: 4 | 8): Uint32Array {
  const words = new Uint32Array(keys.buffer, keys.byteOffset, keys.byteLength / 4);
  const each = isWideImage(kind) ? 2 : 1;
  const rows: number[] = [];
  for (let i = 0; i < keys.length; i++) {
    for (let w = 0; w < each; w++) rows.push(words[i * each + w]);
    for (let w = 0; w < width / 4; w++) rows.push(i);
  }
  return Uint32Array.from(rows);
}

/** Keys beyond what is sorted in one go of digits: alike in their top bits but for one, or few of them. */
const wideKeys = (shape: Shape): fc.Arbitrary<KeyColumn> =>
  fc.record({
    kind: fc.constant(3 as const),
    keys: fc.oneof(
      u64s(shape),
      idsBelow(shape, 64).map((low) =>
        BigUint64Array.from(low, (v, i) => BigInt(v) | (i === 0 ? 2n ** 63n : 2n ** 40n)),
      ),
      idsBelow(shape, 5).map((high) =>
        BigUint64Array.from(high, (v, i) => (BigInt(v) << 60n) | BigInt(1000 - i)),
      ),
    ),
    descending: fc.nat({ max: 1 }),
  });

const pairsOf = (shape: Shape) =>
  fc.record({
    column: fc.oneof(keyed(shape, 6), wideKeys(shape)),
    width: widths,
    cuts: fc.array(fc.nat({ max: 130 }), { maxLength: 3 }),
  });

/** Bounds that hold all images, or leave some outside. */
const bounded = (shape: Shape) =>
  pairsOf(shape).chain((pairs) => {
    const images = [...BigUint64Array.from(imagesOf(pairs.column)).sort()];
    const some = fc.constantFrom(0n, ...images.slice(0, 20));
    return fc.record({
      pairs: fc.constant(pairs),
      bounds: fc.oneof(
        fc.constant([images.at(0) ?? 0n, images.at(-1) ?? 0n]),
        fc.tuple(some, some).map(([a, b]) => (a < b ? [a, b] : [b, a])),
        fc.constant([0n, isWideImage(pairs.column.kind) ? 2n ** 64n - 1n : 2n ** 32n - 1n]),
      ),
    });
  });

function outputs(
  m: CaseMemory,
  column: KeyColumn,
  width: number,
): readonly [number, number, () => Uint8Array[]] {
  const { length } = column.keys;
  const outKeys = m.room(length, keyBytes(column));
  const outValues = m.room(length, width);
  return [
    outKeys,
    outValues,
    () => [m.bytes(outKeys, length * keyBytes(column)), m.bytes(outValues, length * width)],
  ];
}

/** The keys of two runs, each put in order. */
function inOrder(column: KeyColumn, cut: number): KeyColumn {
  const images = imagesOf(column);
  const sorted = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, i) => from + i).sort((a, b) =>
      images[a] < images[b] ? -1 : images[a] > images[b] ? 1 : a - b,
    );
  const order = [...sorted(0, cut), ...sorted(cut, images.length)];
  const keys = column.keys.slice();
  order.forEach((row, i) => {
    keys[i] = column.keys[row];
  });
  return { ...column, keys };
}

const strided =
  <T>(values: (shape: Shape) => fc.Arbitrary<T>) =>
  (shape: Shape) =>
    fc.record({ source: values(shape), words: fc.integer({ min: 1, max: 5 }) });

export const pairCases: KernelCases<PairKernels> = {
  scatterPairs: kernelCase(
    (shape) =>
      gridded(shape, 6).chain((given) =>
        fc.record({ given: fc.constant(given), wide: valuesFor(given.column.keys.length), width: widths }),
      ),
    (k, m, { given: { column, grid }, wide, width }) => {
      const { kind, keys, descending } = column;
      const next = m.variable(bucketStarts(column, grid));
      const stride = keyBytes(column) + width;
      const into = m.room((keys.length * stride) / 4, 4);
      k.scatterPairs(
        kind,
        width,
        m.input(keys),
        keyBytes(column),
        m.input(wide),
        8,
        keys.length,
        descending,
        m.input(bytesOfGrid(grid)),
        next,
        into,
      );
      return [m.bytes(into, keys.length * stride), m.bytes(next, 64)];
    },
  ),
  sortPairs: kernelCase(bounded, (k, m, { pairs: { column, width, cuts }, bounds }) => {
    const { kind, keys, descending } = column;
    const stride = keyBytes(column) + width;
    const rows = m.input(packedWords(column, width));
    const ends = [0, ...cuts.map((cut) => Math.min(cut, keys.length)), keys.length].sort((a, b) => a - b);
    const runs = ends.slice(1).flatMap((end, r) => [rows + ends[r] * stride, end - ends[r]]);
    const [outKeys, outValues, written] = outputs(m, column, width);
    const order = k.sortPairs(
      kind,
      width,
      m.input(Uint32Array.from(runs)),
      runs.length / 2,
      descending,
      m.input(BigUint64Array.from(bounds)),
      m.room(keys.length * 3 + 2048, 8),
      outKeys,
      outValues,
    );
    return [order, ...written()];
  }),
  mergePairs: kernelCase(
    (shape) => pairsOf(shape),
    (k, m, { column: given, width, cuts: [cut = 0] }) => {
      const left = Math.min(cut, given.keys.length);
      const column = inOrder(given, left);
      const { kind, keys, descending } = column;
      const rows = m.input(packedWords(column, width));
      const right = rows + left * (keyBytes(column) + width);
      const [outKeys, outValues, written] = outputs(m, column, width);
      k.mergePairs(kind, width, rows, left, right, keys.length - left, descending, outKeys, outValues);
      return written();
    },
  ),
  unpack4: kernelCase(strided(u32s), (k, m, { source, words }) => {
    const rows = Math.ceil(source.length / words);
    const target = m.room(rows, 4);
    k.unpack4(m.input(source), words * 4, rows, target);
    return [m.bytes(target, rows * 4)];
  }),
  unpack8: kernelCase(
    strided((shape) => fc.oneof(f64s(shape), i64s(shape))),
    (k, m, { source, words }) => {
      const rows = Math.ceil(source.length / words);
      const target = m.room(rows, 8);
      k.unpack8(m.input(source), words * 8, rows, target);
      return [m.bytes(target, rows * 8)];
    },
  ),
};
