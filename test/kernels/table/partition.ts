import fc from "fast-check";
import type { PartitionKernels } from "../../../src/kernels/kernels.ts";
import {
  f64s,
  i32s,
  idsBelow,
  indicesFor,
  partitions,
  positionsOf,
  type Shape,
  startsOf,
  u32s,
  valuesFor,
} from "./edges.ts";
import { type KernelCases, kernelCase } from "./kernel-case.ts";

const ids = (shape: Shape) =>
  partitions.chain((n) => fc.record({ n: fc.constant(n), ids: idsBelow(shape, n) }));

/** Keys base + distance, wrapping as 32-bit keys do, and how they are cut into runs. */
const cells = (shape: Shape) =>
  fc
    .record({
      n: partitions,
      base: fc.constantFrom(0, 5, 2 ** 31 - 100, 2 ** 31, 2 ** 32 - 100),
      shift: fc.nat({ max: 6 }),
      distances: idsBelow(shape, 200),
    })
    .chain(({ distances, base, ...rest }) =>
      fc.record({
        ...constants({ ...rest, base, keys: distances.map((d) => base + d), runs: (199 >>> rest.shift) + 1 }),
        values: valuesFor(distances.length),
      }),
    );

const codes = (shape: Shape) =>
  fc
    .record({ n: partitions, shift: fc.nat({ max: 6 }), codes: idsBelow(shape, 200) })
    .chain(({ n, shift, codes }) =>
      fc.record({
        ...constants({ n, shift, codes, runs: (199 >>> shift) + 1 }),
        table: indicesFor(200, n),
        values: valuesFor(codes.length),
      }),
    );

function constants<T extends object>(values: T): { [K in keyof T]: fc.Arbitrary<T[K]> } {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fc.constant(value)])) as {
    [K in keyof T]: fc.Arbitrary<T[K]>;
  };
}

/** Starts of the cells, given the cell of each row. */
function cellStarts(length: number, count: number, cellOf: (row: number) => number): Uint32Array {
  return startsOf(
    Uint32Array.from({ length }, (_, i) => cellOf(i)),
    count,
  );
}

const floorMod = (key: number, n: number): number => (((key | 0) % n) + n) % n;

export const partitionCases: KernelCases<PartitionKernels> = {
  partitionInts: kernelCase(
    (shape) => fc.record({ keys: i32s(shape), n: partitions }),
    (k, m, { keys, n }) => {
      const into = m.room(keys.length, 4);
      k.partitionInts(m.input(keys), keys.length, n, into);
      return [m.bytes(into, keys.length * 4)];
    },
  ),
  partitionDoubles: kernelCase(
    (shape) => fc.record({ keys: f64s(shape), n: partitions }),
    (k, m, { keys, n }) => {
      const into = m.room(keys.length, 4);
      k.partitionDoubles(m.input(keys), keys.length, n, into);
      return [m.bytes(into, keys.length * 4)];
    },
  ),
  partitionHashes: kernelCase(
    (shape) => fc.record({ hashes: i32s(shape), n: partitions }),
    (k, m, { hashes, n }) => {
      const into = m.room(hashes.length, 4);
      k.partitionHashes(m.input(hashes), hashes.length, n, into);
      return [m.bytes(into, hashes.length * 4)];
    },
  ),
  histogram: kernelCase(ids, (k, m, { ids, n }) => {
    const counts = m.zeros(n, 4);
    k.histogram(m.input(ids), ids.length, counts);
    return [m.bytes(counts, n * 4)];
  }),
  positions: kernelCase(ids, (k, m, { ids, n }) => {
    const next = m.variable(startsOf(ids, n));
    const into = m.room(ids.length, 4);
    k.positions(m.input(ids), ids.length, next, into);
    return [m.bytes(into, ids.length * 4), m.bytes(next, n * 4)];
  }),
  scatter4: kernelCase(u32s, (k, m, source) => {
    const target = m.room(source.length, 4);
    k.scatter4(m.input(source), m.input(positionsOf(source)), source.length, target);
    return [m.bytes(target, source.length * 4)];
  }),
  scatter8: kernelCase(
    (shape) =>
      u32s(shape).chain((keys) => fc.record({ keys: fc.constant(keys), values: valuesFor(keys.length) })),
    (k, m, { keys, values }) => {
      const target = m.room(values.length, 8);
      k.scatter8(m.input(values), m.input(positionsOf(keys)), values.length, target);
      return [m.bytes(target, values.length * 8)];
    },
  ),
  cellCounts: kernelCase(cells, (k, m, { keys, n, base, shift, runs }) => {
    const counts = m.zeros(n * runs, 4);
    k.cellCounts(m.input(keys), keys.length, n, base, shift, runs, counts);
    return [m.bytes(counts, n * runs * 4)];
  }),
  scatterCells: kernelCase(cells, (k, m, { keys, values, n, base, shift, runs }) => {
    const rows = keys.length;
    const starts = cellStarts(
      rows,
      n * runs,
      (i) => floorMod(keys[i], n) * runs + ((keys[i] - base) >>> shift),
    );
    const next = m.variable(starts);
    const outKeys = m.room(rows, 4);
    const outValues = m.room(rows, 8);
    k.scatterCells(m.input(keys), m.input(values), rows, n, base, shift, runs, next, outKeys, outValues);
    return [m.bytes(outKeys, rows * 4), m.bytes(outValues, rows * 8), m.bytes(next, n * runs * 4)];
  }),
  codeCellCounts: kernelCase(codes, (k, m, { codes, n, table, shift, runs }) => {
    const counts = m.zeros(n * runs, 4);
    k.codeCellCounts(m.input(codes), codes.length, m.input(table), shift, runs, counts);
    return [m.bytes(counts, n * runs * 4)];
  }),
  scatterCodeCells: kernelCase(codes, (k, m, { codes, values, n, table, shift, runs }) => {
    const rows = codes.length;
    const next = m.variable(cellStarts(rows, n * runs, (i) => table[codes[i]] * runs + (codes[i] >>> shift)));
    const outKeys = m.room(rows, 4);
    const outValues = m.room(rows, 8);
    k.scatterCodeCells(
      m.input(codes),
      m.input(values),
      rows,
      m.input(table),
      shift,
      runs,
      next,
      outKeys,
      outValues,
    );
    return [m.bytes(outKeys, rows * 4), m.bytes(outValues, rows * 8), m.bytes(next, n * runs * 4)];
  }),
};
