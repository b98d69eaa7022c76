import fc from "fast-check";
import type { HashKernels, Kernels } from "../../../src/kernels/kernels.ts";
import { f64s, i64s, type Shape, type Strings, strings, u32s, u64s } from "./edges.ts";
import { type CaseMemory, type KernelCases, kernelCase, type Observed } from "./kernel-case.ts";

/** A table of 1 << bits slots, and the limit of groups, at most half of them. */
const tables = fc
  .constantFrom(1, 2, 3, 6, 9)
  .chain((bits) =>
    fc.record({ bits: fc.constant(bits), limit: fc.integer({ min: 1, max: 1 << (bits - 1) }) }),
  );

type Grouping = "groups4" | "groups8" | "groupsDouble";
const WIDTHS: Readonly<Record<Grouping, number>> = { groups4: 4, groups8: 8, groupsDouble: 8 };
const SLOTS: Readonly<Record<Grouping, number>> = { groups4: 8, groups8: 16, groupsDouble: 16 };

/** Groups until the limit; ids, keys and counts are observed, tables are each backend's own. */
const grouped = (name: Grouping, keys: (shape: Shape) => fc.Arbitrary<Uint32Array | BigUint64Array>) =>
  kernelCase(
    (shape) => fc.record({ keys: keys(shape), table: tables }),
    (k, m, { keys: column, table: { bits, limit } }) => {
      const groupKeys = m.room(limit, WIDTHS[name]);
      const state = m.zeros(1, 4);
      const ids = m.room(column.length, 4);
      const table = m.zeros(1 << bits, SLOTS[name]);
      const done = k[name](m.input(column), column.length, table, bits, groupKeys, state, limit, ids);
      const [count] = m.u32(state, 1);
      return [done, count, m.bytes(ids, done * 4), m.bytes(groupKeys, count * WIDTHS[name])];
    },
  );

/** Groups in a small table, moves to a larger one when the limit is reached, and goes on there. */
function regrouped(
  m: CaseMemory,
  rows: number,
  slotBytes: number,
  keyBytes: number,
  group: (
    from: number,
    table: number,
    bits: number,
    keys: number,
    state: number,
    limit: number,
    ids: number,
  ) => number,
  move: (table: number, slots: number, into: number, bits: number) => void,
): Observed[] {
  const keys = m.room(rows + 1, keyBytes);
  const state = m.zeros(1, 4);
  const ids = m.room(rows, 4);
  let bits = 2;
  let table = m.zeros(1 << bits, slotBytes);
  for (let done = 0; ; ) {
    done += group(done, table, bits, keys, state, Math.min(rows + 1, 1 << (bits - 1)), ids + done * 4);
    if (done === rows) break;
    const larger = m.zeros(1 << (bits + 2), slotBytes);
    move(table, 1 << bits, larger, bits + 2);
    table = larger;
    bits += 2;
  }
  const [count] = m.u32(state, 1);
  return [count, m.bytes(ids, rows * 4), m.bytes(keys, count * keyBytes)];
}

/** Rows of strings as the pointers and lengths that groups of strings are kept as. */
function pointers(m: CaseMemory, { rows, offsets, bytes }: Strings): number {
  const at = m.input(bytes);
  return m.input(
    Uint32Array.from({ length: rows * 2 }, (_, i) =>
      i % 2 === 0 ? at + offsets[i / 2] : offsets[(i + 1) / 2] - offsets[(i - 1) / 2],
    ),
  );
}

const WORK_BYTES = 4160;

const partitions = fc.constantFrom(1, 2, 3, 4, 7);

const scattered = (shape: Shape) =>
  fc.record({ keys: strings(shape), n: partitions, bits: fc.nat({ max: 4 }) });

interface Scattered {
  readonly keys: Strings;
  readonly n: number;
  readonly bits: number;
}

/** Strings and row numbers by cell. */
function scatter(
  k: Kernels,
  m: CaseMemory,
  { keys: { rows, offsets, bytes }, n, bits }: Scattered,
): { words: number; strings: number; values: number; rows: number } {
  const [at, from] = [m.input(offsets), m.input(bytes)];
  const hashes = m.room(rows, 4);
  k.hashUtf8(at, from, rows, hashes);
  const next = m.zeros(n << bits, 4);
  k.hashCellCounts(hashes, rows, n, bits, next);
  const starts = new Uint32Array(n << bits);
  m.u32(next, n << bits).forEach((count, cell) => {
    if (cell + 1 < starts.length) starts[cell + 1] = starts[cell] + count;
  });
  const own = m.variable(starts);
  const numbers = m.input(Float64Array.from({ length: rows }, (_, i) => i));
  const [words, strings, values] = [m.room(rows, 8), m.room(rows, 8), m.room(rows, 8)];
  k.scatterStrings(at, from, hashes, numbers, rows, n, bits, own, words, strings, values);
  return { words, strings, values, rows };
}

const groupUtf8 =
  (k: Kernels, offsets: number, bytes: number, rows: number, work: number) =>
  (
    from: number,
    table: number,
    bits: number,
    groups: number,
    state: number,
    limit: number,
    ids: number,
  ): number =>
    k.groupsUtf8(offsets + from * 4, bytes, rows - from, table, bits, groups, state, limit, ids, work);

export const hashCases: KernelCases<HashKernels> = {
  groups4: grouped("groups4", u32s),
  groups8: grouped("groups8", u64s),
  groupsDouble: grouped("groupsDouble", f64s),
  groupsUtf8: kernelCase(
    (shape) => fc.record({ keys: strings(shape), table: tables }),
    (k, m, { keys: { rows, offsets, bytes }, table: { bits, limit } }) => {
      const groups = m.room(limit, 8);
      const state = m.zeros(1, 4);
      const ids = m.room(rows, 4);
      const table = m.zeros(1 << bits, 16);
      const done = k.groupsUtf8(
        m.input(offsets),
        m.input(bytes),
        rows,
        table,
        bits,
        groups,
        state,
        limit,
        ids,
        m.room(WORK_BYTES, 1),
      );
      const [count] = m.u32(state, 1);
      return [done, count, m.bytes(ids, done * 4), m.bytes(groups, count * 8)];
    },
  ),
  hashCellCounts: kernelCase(
    (shape) => fc.record({ hashes: u32s(shape), n: partitions, bits: fc.nat({ max: 4 }) }),
    (k, m, { hashes, n, bits }) => {
      const counts = m.zeros(n << bits, 4);
      k.hashCellCounts(m.input(hashes), hashes.length, n, bits, counts);
      return [m.bytes(counts, (n << bits) * 4)];
    },
  ),
  // The words are each backend's own.
  scatterStrings: kernelCase(scattered, (k, m, input) => {
    const { strings, values, rows } = scatter(k, m, input);
    return [m.bytes(strings, rows * 8), m.bytes(values, rows * 8)];
  }),
  groupsWords: kernelCase(
    (shape) => fc.record({ input: scattered(shape), table: tables }),
    (k, m, { input, table: { bits, limit } }) => {
      const { words, strings, rows } = scatter(k, m, input);
      const groups = m.room(limit, 8);
      const state = m.zeros(1, 4);
      const ids = m.room(rows, 4);
      const table = m.zeros(1 << bits, 16);
      const done = k.groupsWords(words, strings, rows, table, bits, groups, state, limit, ids);
      const [count] = m.u32(state, 1);
      return [done, count, m.bytes(ids, done * 4), m.bytes(groups, count * 8)];
    },
  ),
  regroup4: kernelCase(u32s, (k, m, column) => {
    const at = m.input(column);
    return regrouped(
      m,
      column.length,
      8,
      4,
      (from, ...rest) => k.groups4(at + from * 4, column.length - from, ...rest),
      (...tables) => k.regroup4(...tables),
    );
  }),
  regroup8: kernelCase(u64s, (k, m, column) => {
    const at = m.input(column);
    return regrouped(
      m,
      column.length,
      16,
      8,
      (from, ...rest) => k.groups8(at + from * 8, column.length - from, ...rest),
      (...tables) => k.regroup8(...tables),
    );
  }),
  regroupUtf8: kernelCase(strings, (k, m, { rows, offsets, bytes }) =>
    regrouped(
      m,
      rows,
      16,
      8,
      groupUtf8(k, m.input(offsets), m.input(bytes), rows, m.room(WORK_BYTES, 1)),
      (...tables) => k.regroupUtf8(...tables),
    ),
  ),
  stringBytes: kernelCase(strings, (k, m, column) => [k.stringBytes(pointers(m, column), column.rows)]),
  internStrings: kernelCase(strings, (k, m, column) => {
    const pointed = m.variable(m.u32(pointers(m, column), column.rows * 2));
    const bytes = m.room(column.bytes.length, 1);
    k.internStrings(pointed, column.rows, bytes);
    return [m.bytes(pointed, column.rows * 8), m.bytes(bytes, column.bytes.length)];
  }),
  copyStrings: kernelCase(strings, (k, m, column) => {
    const offsets = m.room(column.rows + 1, 4);
    const bytes = m.room(column.bytes.length, 1);
    k.copyStrings(pointers(m, column), column.rows, offsets, bytes);
    return [m.bytes(offsets, column.rows * 4 + 4), m.bytes(bytes, column.bytes.length)];
  }),
  hashLongs: kernelCase(i64s, (k, m, keys) => {
    const into = m.room(keys.length, 4);
    k.hashLongs(m.input(keys), keys.length, into);
    return [m.bytes(into, keys.length * 4)];
  }),
  hashUtf8: kernelCase(strings, (k, m, { rows, offsets, bytes }) => {
    const into = m.room(rows, 4);
    k.hashUtf8(m.input(offsets), m.input(bytes), rows, into);
    return [m.bytes(into, rows * 4)];
  }),
};
