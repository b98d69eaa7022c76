import fc from "fast-check";
import { type ImageKind, imageOf, isWideImage } from "../../../src/kernels/key-image.ts";
import type { SortKernels } from "../../../src/kernels/sort-kernels.ts";
import {
  bits,
  f32s,
  f64s,
  i32s,
  i64s,
  indicesFor,
  type Shape,
  type Strings,
  startsOf,
  strings,
  u32s,
  u64s,
  valuesFor,
} from "./edges.ts";
import { type KernelCases, kernelCase } from "./kernel-case.ts";

const COLUMNS = [u32s, i32s, f32s, u64s, i64s, f64s, bits] as const;
const flag = fc.nat({ max: 1 });

type Keys = Uint8Array | Uint32Array | Int32Array | BigUint64Array | BigInt64Array;
export interface KeyColumn {
  readonly kind: ImageKind;
  readonly keys: Keys;
  readonly descending: number;
}

export const keyed = (shape: Shape, kinds = 7): fc.Arbitrary<KeyColumn> =>
  fc.nat({ max: kinds - 1 }).chain((kind) =>
    fc.record({
      kind: fc.constant(kind as ImageKind),
      keys: COLUMNS[kind](shape) as fc.Arbitrary<Keys>,
      descending: flag,
    }),
  );

/** The images of such keys, as what the kernels should see in them. */
export function imagesOf({ kind, keys, descending }: KeyColumn): bigint[] {
  const flip = descending === 0 ? 0n : isWideImage(kind) ? 2n ** 64n - 1n : 0xffffffffn;
  const values =
    kind === 2
      ? new Float32Array(keys.buffer as ArrayBuffer)
      : kind === 5
        ? new Float64Array(keys.buffer as ArrayBuffer)
        : keys;
  return Array.from(values as ArrayLike<number | bigint>, (key) => imageOf(kind, key) ^ flip);
}

interface Grid {
  readonly low: bigint;
  readonly shift: number;
  readonly table: Uint32Array;
}

/** A grid that begins at, before or after the least key, with steps of any size. */
export const gridded = (shape: Shape, kinds?: number) =>
  keyed(shape, kinds).chain((column) => {
    const images = imagesOf(column);
    return fc.record({
      column: fc.constant(column),
      grid: fc.record({
        low: fc.constantFrom(0n, ...images.slice(0, 20)),
        shift: fc.integer({ min: 0, max: isWideImage(column.kind) ? 63 : 31 }),
        table: fc
          .integer({ min: 1, max: 70 })
          .chain((steps) => indicesFor(steps, 16).map((table) => table.sort())),
      }),
      values: valuesFor(column.keys.length),
    });
  });

export function bytesOfGrid({ low, shift, table }: Grid): BigUint64Array {
  const bytes = new Uint8Array(Math.ceil((16 + table.length * 2) / 8) * 8);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, low, true);
  view.setUint32(8, shift, true);
  view.setUint32(12, table.length - 1, true);
  table.forEach((bucket, step) => {
    view.setUint16(16 + step * 2, bucket, true);
  });
  return new BigUint64Array(bytes.buffer);
}

/** Where each bucket starts. */
export function bucketStarts(column: KeyColumn, { low, shift, table }: Grid): Uint32Array {
  const buckets = imagesOf(column).map((image) => {
    const step = image > low ? (image - low) >> BigInt(shift) : 0n;
    return table[Number(step < BigInt(table.length - 1) ? step : BigInt(table.length - 1))];
  });
  return startsOf(Uint32Array.from(buckets), 16);
}

const rowsOf = (shape: Shape) =>
  strings(shape).chain((column) =>
    fc.record({
      column: fc.constant(column),
      rows: column.rows === 0 ? fc.constant(new Uint32Array()) : indicesFor(column.rows, column.rows),
      depth: fc.constantFrom(0, 1, 7, 14, 21, 22, 28),
      descending: flag,
    }),
  );

/** Strings end to end, and how the row order in which they are given is that of their images. */
function byImage(
  images: BigUint64Array,
  rows: Uint32Array,
): { readonly images: BigUint64Array; readonly rows: Uint32Array } {
  const order = Array.from(rows, (_, i) => i).sort((a, b) =>
    images[a] < images[b] ? -1 : images[a] > images[b] ? 1 : a - b,
  );
  return {
    images: BigUint64Array.from(order, (i) => images[i]),
    rows: Uint32Array.from(order, (i) => rows[i]),
  };
}

export const sortCases: KernelCases<SortKernels> = {
  keyImages: kernelCase(keyed, (k, m, { kind, keys, descending }) => {
    const into = m.room(keys.length, 8);
    k.keyImages(kind, m.input(keys), keys.length, descending, into);
    return [m.bytes(into, keys.length * 8)];
  }),
  imageBounds: kernelCase(keyed, (k, m, { kind, keys, descending }) => {
    const into = m.variable(BigUint64Array.of(2n ** 64n - 1n, 0n));
    k.imageBounds(kind, m.input(keys), keys.BYTES_PER_ELEMENT, keys.length, descending, into);
    return [m.bytes(into, 16)];
  }),
  bucketCounts: kernelCase(gridded, (k, m, { column: { kind, keys, descending }, grid }) => {
    const counts = m.zeros(16, 4);
    k.bucketCounts(
      kind,
      m.input(keys),
      keys.BYTES_PER_ELEMENT,
      keys.length,
      descending,
      m.input(bytesOfGrid(grid)),
      counts,
    );
    return [m.bytes(counts, 64)];
  }),
  bucketPositions: kernelCase(gridded, (k, m, { column, grid }) => {
    const { kind, keys, descending } = column;
    const next = m.variable(bucketStarts(column, grid));
    const positions = m.room(keys.length, 4);
    k.bucketPositions(
      kind,
      m.input(keys),
      keys.length,
      descending,
      m.input(bytesOfGrid(grid)),
      next,
      positions,
    );
    return [m.bytes(positions, keys.length * 4), m.bytes(next, 64)];
  }),
  boundsBelow: kernelCase(
    (shape) =>
      keyed(shape).chain((column) =>
        fc.record({
          column: fc.constant(column),
          bounds: fc
            .uniqueArray(
              fc.oneof(
                fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
                fc.constantFrom(0n, ...imagesOf({ ...column, descending: 0 }).slice(0, 20)),
              ),
              {
                maxLength: 20,
              },
            )
            .map((all) => BigUint64Array.from(all).sort()),
        }),
      ),
    (k, m, { column: { kind, keys, descending }, bounds }) => {
      const into = m.room(keys.length, 4);
      k.boundsBelow(kind, m.input(keys), keys.length, descending, m.input(bounds), bounds.length, into);
      return [m.bytes(into, keys.length * 4)];
    },
  ),
  stringImages: kernelCase(rowsOf, (k, m, { column, rows, depth, descending }) => {
    const into = m.room(rows.length, 8);
    k.stringImages(
      m.input(column.offsets),
      m.input(column.bytes),
      m.input(rows),
      rows.length,
      depth,
      descending,
      into,
    );
    return [m.bytes(into, rows.length * 8)];
  }),
  sortTies: kernelCase(
    (shape) => fc.record({ strings: rowsOf(shape), few: fc.constantFrom(1, 2, 4, 16, 200) }),
    (k, m, { strings: { column, rows: given, depth, descending }, few }) => {
      const offsets = m.input(column.offsets);
      const bytes = m.input(column.bytes);
      const scratch = m.room(given.length, 8);
      k.stringImages(offsets, bytes, m.input(given), given.length, depth, descending, scratch);
      const { images, rows } = byImage(new BigUint64Array(m.bytes(scratch, given.length * 8).buffer), given);
      const order = m.variable(rows);
      const runs = m.room(given.length + 1, 8);
      const count = k.sortTies(
        offsets,
        bytes,
        m.input(images),
        order,
        rows.length,
        depth + 7,
        descending,
        few,
        runs,
      );
      return [count, m.bytes(order, rows.length * 4), m.bytes(runs, count * 8)];
    },
  ),
  boundsBelowStrings: kernelCase(
    (shape) => fc.record({ column: strings(shape), bounds: strings("sorted"), descending: flag }),
    (k, m, { column, bounds, descending }: { column: Strings; bounds: Strings; descending: number }) => {
      const into = m.room(column.rows, 4);
      const [offsets, bytes] = [m.input(column.offsets), m.input(column.bytes)];
      k.boundsBelowStrings(
        offsets,
        bytes,
        column.rows,
        descending,
        m.input(bounds.offsets),
        m.input(bounds.bytes),
        bounds.rows,
        into,
      );
      return [m.bytes(into, column.rows * 4)];
    },
  ),
};
