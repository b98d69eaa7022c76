/** The steps of a sort: a scatter to packed pairs, and buckets that fit the cache sorted, or merged when they come in two runs in order. */
import { columnFromTypedArray } from "../../src/column/typed-array.ts";
import type { Compute } from "../../src/kernels/compute.ts";
import { GRID_HEADER } from "../../src/kernels/range-grid.ts";
import type { Arena } from "../../src/memory/arena.ts";
import { randomF64, randomU32, randomU64 } from "../data.ts";
import type { KernelCase } from "./case.ts";

const BUCKETS = 1024;
const BUCKET_ROWS = 16384;
const KINDS = { u32: { kind: 0, width: 4 }, u64: { kind: 3, width: 8 } } as const;
type Kind = keyof typeof KINDS;

export const pairCases = (rows: number): readonly KernelCase[] =>
  (Object.keys(KINDS) as Kind[]).flatMap((name): KernelCase[] => {
    const { kind, width } = KINDS[name];
    const stride = width + 8;
    return [
      {
        name: `scatter (${name}, f64) to ${BUCKETS} buckets`,
        rows,
        prepare: (c, arena) => {
          const [keys, values] = columns(name, rows, arena);
          const k = c.kernels(arena.segment.id);
          const grid = evenGrid(width * 8, arena);
          const starts = arena.allocate(BUCKETS * 4);
          arena.segment.u32.fill(0, starts / 4, starts / 4 + BUCKETS);
          k.bucketCounts(kind, keys, width, rows, 0, grid, starts);
          let sum = 0;
          for (let b = starts / 4; b < starts / 4 + BUCKETS; b++) {
            const count = arena.segment.u32[b];
            arena.segment.u32[b] = sum;
            sum += count;
          }
          return (out) => {
            const next = out.allocate(BUCKETS * 4);
            k.copyBytes(starts, BUCKETS * 4, next);
            const into = out.allocate(rows * stride);
            k.scatterPairs(kind, 8, keys, width, values, 8, rows, 0, grid, next, into);
          };
        },
      },
      {
        name: `sort (${name}, f64) in buckets of ${BUCKET_ROWS}`,
        rows,
        prepare: (c, arena) => bucketwise(c, arena, name, rows, false),
      },
      {
        name: `merge (${name}, f64) from two runs a bucket of ${BUCKET_ROWS}`,
        rows,
        prepare: (c, arena) => bucketwise(c, arena, name, rows, true),
      },
    ];
  });

function columns(name: Kind, rows: number, arena: Arena, inOrder = false): readonly [number, number] {
  const keys = name === "u32" ? randomU32(rows, 10) : randomU64(rows, 10);
  if (inOrder)
    for (let from = 0; from < rows; from += BUCKET_ROWS / 2)
      keys.subarray(from, from + BUCKET_ROWS / 2).sort();
  return [columnFromTypedArray(keys, arena).values, columnFromTypedArray(randomF64(rows, 11), arena).values];
}

/** Packed pairs in their order, sorted or merged bucket by bucket. */
function bucketwise(
  c: Compute,
  arena: Arena,
  name: Kind,
  rows: number,
  merge: boolean,
): (out: Arena) => void {
  const { kind, width } = KINDS[name];
  const { u16, u32, u64 } = arena.segment;
  const k = c.kernels(arena.segment.id);
  const [keys, values] = columns(name, rows, arena, merge);
  const one = arena.allocate(GRID_HEADER + 2);
  u64[one / 8] = 0n;
  u64[one / 8 + 1] = 0n;
  u16[(one + GRID_HEADER) / 2] = 0;
  const next = arena.allocate(4);
  u32[next / 4] = 0;
  const packed = arena.allocate(rows * (width + 8));
  k.scatterPairs(kind, 8, keys, width, values, 8, rows, 0, one, next, packed);
  const bounds = arena.allocate(16);
  u64[bounds / 8] = 0n;
  u64[bounds / 8 + 1] = 2n ** BigInt(width * 8) - 1n;
  const runs = arena.allocate(8);
  const scratch = arena.allocate(BUCKET_ROWS * 24 + 16384);
  return (out) => {
    const outKeys = out.allocate(rows * width);
    const outValues = out.allocate(rows * 8);
    for (let from = 0; from < rows; from += BUCKET_ROWS) {
      const at = packed + from * (width + 8);
      const length = Math.min(BUCKET_ROWS, rows - from);
      const [toKeys, toValues] = [outKeys + from * width, outValues + from * 8];
      if (merge) {
        const left = Math.min(BUCKET_ROWS / 2, length);
        k.mergePairs(kind, 8, at, left, at + left * (width + 8), length - left, 0, toKeys, toValues);
      } else {
        u32[runs / 4] = at;
        u32[runs / 4 + 1] = length;
        k.sortPairs(kind, 8, runs, 1, 0, bounds, scratch, toKeys, toValues);
      }
    }
  };
}

function evenGrid(bits: number, arena: Arena): number {
  const grid = arena.allocate(GRID_HEADER + BUCKETS * 2);
  const { u16, u32, u64 } = arena.segment;
  u64[grid / 8] = 0n;
  u32[grid / 4 + 2] = bits - Math.log2(BUCKETS);
  u32[grid / 4 + 3] = BUCKETS - 1;
  for (let b = 0; b < BUCKETS; b++) u16[(grid + GRID_HEADER) / 2 + b] = b;
  return grid;
}
