/** gnista's own partition functions, by name; see `executor/partition-function.ts`. */

import { spawnSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { batched } from "../../column/chunk.ts";
import { compareValues, keyOf } from "../../column/equality.ts";
import { objectFileBlocks } from "../../io/object-file.ts";
import { writePart } from "../../io/output-committer.ts";
import type { Builtin } from "../partition-function.ts";
import { BoundedHeap } from "./bounded-heap.ts";
import { Random } from "./random.ts";
import { StatCounter } from "./stat-counter.ts";
import { textLine } from "./text-line.ts";

type Rows = IterableIterator<unknown>;
type Fn = (...args: unknown[]) => unknown;

export const BUILTINS: Readonly<Record<string, Builtin>> = {
  /** Drops the index that every partition function gets: mapPartitions(f). */
  withoutIndex: (fn: Fn) => (_index, rows) => fn(rows) as Iterable<unknown>,
  foreach: (fn: Fn) => (_index, rows: Rows) => {
    for (const row of rows) fn(row);
  },
  toArray: (fn: Fn) => (_index, rows: Rows) => [...(fn(rows) as Iterable<unknown>)],
  consume: (fn: Fn) => (_index, rows: Rows) => {
    fn(rows);
  },
  /** Rows as keys: [row, null]. */
  keyed: () => (_index, rows: Rows) => mapRows(rows, (row) => [row, null]),
  /** Pairs whose key lies between two bounds, both included. */
  inRange: (low: unknown, high: unknown) => (_index, rows: Rows) =>
    filterRows(
      rows,
      (row) =>
        compareValues((row as [unknown])[0], low) >= 0 && compareValues((row as [unknown])[0], high) <= 0,
    ),
  glom: () => (_index, rows: Rows) => [[...rows]],
  /** Row k of partition i of n becomes [row, k * n + i]. */
  zipWithUniqueId: (n: number) => (index, rows) => enumerate(rows as Rows, index, n),
  zipWithIndex: (starts: readonly number[]) => (index, rows) => enumerate(rows as Rows, starts[index], 1),
  zip: () => (_index, iterators) => zipRows(iterators as unknown as Rows[]),
  zipWith: (fn: Fn) => (_index, iterators) => fn(...(iterators as unknown as Rows[])) as Iterable<unknown>,
  bernoulli: (low: number, high: number, seed: number) => (index, rows) =>
    bernoulli(rows as Rows, low, high, new Random(seed + index)),
  poisson: (mean: number, seed: number) => (index, rows) =>
    poisson(rows as Rows, () => mean, new Random(seed + index)),
  bernoulliByKey: (fractions: ReadonlyMap<unknown, number>, seed: number) => (index, rows) => {
    const random = new Random(seed + index);
    return filterRows(
      rows as Rows,
      (row) => random.nextDouble() < (fractions.get((row as [unknown])[0]) ?? 0),
    );
  },
  poissonByKey: (fractions: ReadonlyMap<unknown, number>, seed: number) => (index, rows) =>
    poisson(rows as Rows, (row) => fractions.get((row as [unknown])[0]) ?? 0, new Random(seed + index)),
  takeOrdered: (n: number, key: Fn | null, descending: boolean) => (_index, rows: Rows) => {
    const heap = new BoundedHeap<[unknown, unknown]>(n, (a, b) =>
      descending ? compareValues(b[0], a[0]) : compareValues(a[0], b[0]),
    );
    for (const row of rows) heap.push([key === null ? row : key(row), row]);
    return heap.sorted();
  },
  /** `zero` makes a new zero value, which `seqOp` may change in place. */
  aggregate: (zero: Fn, seqOp: Fn) => (_index, rows: Rows) => {
    let result = zero();
    for (const row of rows) result = seqOp(result, row);
    return result;
  },
  /** One row a partition, tagged for the next level of the tree. */
  treeLeaf: (zero: Fn, seqOp: Fn, scale: number) => (index, rows: Rows) => {
    let result = zero();
    for (const row of rows) result = seqOp(result, row);
    return [[index % scale, result]];
  },
  stats: () => (_index, rows: Rows) => {
    const counter = new StatCounter();
    for (const row of rows) counter.add(row as number);
    return counter;
  },
  histogram: (buckets: readonly number[], even: boolean) => (_index, rows: Rows) =>
    histogram(rows, buckets, even),
  /** [value, count], in order of first appearance. */
  countByValue: () => (_index, rows: Rows) => {
    const counts = new Map<unknown, [unknown, number]>();
    for (const row of rows) {
      const identity = typeof row === "object" ? keyOf(row) : row;
      const entry = counts.get(identity);
      if (entry === undefined) counts.set(identity, [row, 1]);
      else entry[1]++;
    }
    return [...counts.values()];
  },
  /** A reservoir of k keys, and how many there were. */
  reservoir: (k: number, seed: number) => (index, rows: Rows) => {
    const random = new Random(seed ^ (index << 16));
    const kept: unknown[] = [];
    let count = 0;
    for (const row of rows) {
      if (count++ < k) kept.push(row);
      else {
        const at = Math.floor(random.nextDouble() * count);
        if (at < k) kept[at] = row;
      }
    }
    return { count, kept };
  },
  hyperLogLog: (p: number) => (_index, rows: Rows) => hyperLogLog(rows, p),
  pipe: (command: readonly string[], env: Readonly<Record<string, string>>) => (_index, rows: Rows) => {
    const { status, stdout, stderr, error } = spawnSync(command[0], command.slice(1), {
      input: [...rows].map((row) => `${textLine(row)}\n`).join(""),
      env: { ...process.env, ...env },
      encoding: "utf8",
      maxBuffer: 1 << 30,
    });
    if (error !== undefined) throw error;
    if (status !== 0)
      throw new Error(
        `the command ${command.join(" ")} ended with exit code ${status}: ${stderr.slice(0, 500)}`,
      );
    const lines = stdout.split("\n");
    if (lines[lines.length - 1] === "") lines.pop();
    return lines;
  },
  saveText: (path: string, attempt: string, codec: "none" | "gzip") => (index, rows: Rows) => {
    const blocks = textBlocks(rows);
    return writePart(
      path,
      index,
      attempt,
      codec === "gzip" ? ".gz" : "",
      codec === "gzip" ? mapRows(blocks, (b) => gzipSync(b)) : blocks,
    );
  },
  saveObjects: (path: string, attempt: string) => (index, rows: Rows) =>
    writePart(path, index, attempt, "", objectFileBlocks(batched(rows, 8192))),
};

function* textBlocks(rows: Rows): Generator<Uint8Array> {
  for (const batch of batched(rows, 8192))
    yield Buffer.from(batch.map((row) => `${textLine(row)}\n`).join(""));
}

function* mapRows<T, U>(rows: Iterable<T>, f: (row: T) => U): Generator<U> {
  for (const row of rows) yield f(row);
}

function* filterRows(rows: Rows, keep: (row: unknown) => boolean): Generator<unknown> {
  for (const row of rows) if (keep(row)) yield row;
}

function* enumerate(rows: Rows, start: number, step: number): Generator<unknown> {
  let at = start;
  for (const row of rows) {
    yield [row, at];
    at += step;
  }
}

function* zipRows(iterators: readonly Rows[]): Generator<unknown> {
  for (;;) {
    const steps = iterators.map((rows) => rows.next());
    const done = steps.filter((step) => step.done === true).length;
    if (done === steps.length) return;
    if (done > 0) throw new Error("can only zip RDDs with the same number of elements in each partition");
    yield steps.map((step) => step.value as unknown);
  }
}

function* bernoulli(rows: Rows, low: number, high: number, random: Random): Generator<unknown> {
  for (const row of rows) {
    const x = random.nextDouble();
    if (x >= low && x < high) yield row;
  }
}

function* poisson(rows: Rows, mean: (row: unknown) => number, random: Random): Generator<unknown> {
  for (const row of rows) for (let n = random.nextPoisson(mean(row)); n > 0; n--) yield row;
}

function histogram(rows: Rows, buckets: readonly number[], even: boolean): number[] {
  const counts = new Array<number>(buckets.length - 1).fill(0);
  const min = buckets[0];
  const max = buckets[buckets.length - 1];
  const width = (max - min) / counts.length;
  for (const row of rows) {
    const x = row as number;
    if (!(x >= min && x <= max)) continue;
    let at: number;
    if (even) at = Math.min(counts.length - 1, Math.floor((x - min) / width));
    else {
      at = 0;
      while (at < counts.length - 1 && x >= buckets[at + 1]) at++;
    }
    counts[at]++;
  }
  return counts;
}

/** Registers of HyperLogLog over 64-bit mixed hashes; 2^p of them. */
function hyperLogLog(rows: Rows, p: number): Uint8Array {
  const registers = new Uint8Array(2 ** p);
  for (const row of rows) {
    const [high, low] = hash64(typeof row === "string" ? row : (JSON.stringify(row) ?? String(row)));
    const at = high >>> (32 - p);
    const rest = ((high << p) | (low >>> (32 - p))) >>> 0;
    const rank = rest === 0 ? 33 : Math.clz32(rest) + 1;
    if (rank > registers[at]) registers[at] = rank;
  }
  return registers;
}

function hash64(text: string): [number, number] {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 0xcc9e2d51);
    a = (a << 15) | (a >>> 17);
    b = Math.imul(b + c, 0x1b873593) ^ a;
    b = (b << 13) | (b >>> 19);
  }
  const mix = (h: number): number => {
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  };
  return [mix(a ^ b), mix(b + text.length)];
}
