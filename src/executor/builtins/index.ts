/** gnista's own partition functions, by name; see `executor/partition-function.ts`. */

import { compareValues, keyOf } from "../../column/equality.ts";
import { batched } from "../../column/row-iterator.ts";
import { GnistaError } from "../../errors.ts";
import { type Codec, extensionOf } from "../../io/codecs/codec.ts";
import { packStream } from "../../io/codecs/pack.ts";
import { objectFileBlocks } from "../../io/object-file.ts";
import { writePart } from "../../io/output-committer.ts";
import { type SequenceFormat, writeSequence } from "../../io/sequence/write-sequence.ts";
import type { Builtin } from "../partition-function.ts";
import { BoundedHeap } from "./bounded-heap.ts";
import { countInBuckets } from "./count-in-buckets.ts";
import { exactQuota } from "./exact-sample.ts";
import { addHash, emptyRegisters } from "./hyper-log-log.ts";
import { type PipeCommand, pipeRows } from "./pipe.ts";
import { Random } from "./random.ts";
import { StatCounter } from "./stat-counter.ts";
import { textLine } from "./text-line.ts";

type Rows = IterableIterator<unknown>;
type Fn = (...args: unknown[]) => unknown;
type Fractions = ReadonlyMap<unknown, number>;

/** A run of partitions, both ends included. */
export interface PartitionSpan {
  readonly first: number;
  readonly last: number;
}

export const BUILTINS: Readonly<Record<string, Builtin>> = {
  /** Drops the index that every partition function gets: mapPartitions(f). */
  withoutIndex: (fn: Fn) => (_index, rows) => fn(rows) as Iterable<unknown>,
  foreach: (fn: Fn) => (_index, rows: Rows) => {
    for (const row of rows) notPromised(fn(row));
  },
  toArray: (fn: Fn) => (_index, rows: Rows) => [...(fn(rows) as Iterable<unknown>)],
  consume: (fn: Fn) => (_index, rows: Rows) => {
    notPromised(fn(rows));
  },
  /** Pairs whose key lies between two bounds, both included; partitions outside of the span are not read. */
  inRange: (low: unknown, high: unknown, span: PartitionSpan) => (index, rows: Rows) =>
    index < span.first || index > span.last
      ? []
      : filterRows(
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
    bernoulli(rows as Rows, low, high, Random.ofPartition(seed, index)),
  poisson: (mean: number, seed: number) => (index, rows) =>
    poisson(rows as Rows, () => mean, Random.ofPartition(seed, index)),
  bernoulliByKey: (fractions: Fractions, seed: number) => (index, rows) => {
    const fractionOf = byStructure(fractions);
    const random = Random.ofPartition(seed, index);
    return filterRows(rows as Rows, (row) => random.nextDouble() < fractionOf(row));
  },
  poissonByKey: (fractions: Fractions, seed: number) => (index, rows) =>
    poisson(rows as Rows, byStructure(fractions), Random.ofPartition(seed, index)),
  /** `quotas[i]`: how many rows of each key to take from partition i, and how many there are. */
  exactByKey:
    (quotas: readonly Parameters<typeof exactQuota>[1][], withReplacement: boolean, seed: number) =>
    (index, rows) =>
      exactQuota(rows as Rows, quotas[index], withReplacement, Random.ofPartition(seed, index)),
  /** [key, row] of the first n rows by a key, equal ones as they came. */
  takeOrdered: (n: number, key: Fn | null, descending: boolean) => (_index, rows: Rows) =>
    firstRows(n, rows, (row) => (key === null ? row : key(row)), compareValues, descending),
  /** The same, by a function that compares two rows. */
  takeCompared:
    (n: number, compare: (a: unknown, b: unknown) => number, descending: boolean) => (_index, rows: Rows) =>
      firstRows(n, rows, (row) => row, compare, descending),
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
  histogram: (buckets: readonly unknown[], even: boolean) => (_index, rows: Rows) =>
    countInBuckets(rows, buckets, even),
  /** [value, count], in order of first appearance. */
  countByValue: () => (_index, rows: Rows) => {
    const counts = new Map<unknown, [unknown, number]>();
    for (const row of rows) {
      const identity = keyOf(row);
      const entry = counts.get(identity);
      if (entry === undefined) counts.set(identity, [row, 1]);
      else entry[1]++;
    }
    return [...counts.values()];
  },
  hyperLogLog: (p: number) => (_index, rows: Rows) => {
    const registers = emptyRegisters(p);
    for (const row of rows) addHash(registers, row);
    return registers;
  },
  pipe: (command: PipeCommand, context: Fn | null, element: Fn | null) => (_index, rows: Rows) =>
    pipeRows(command, context, element, rows),
  saveText: (work: string, codec: Codec) => (index, rows: Rows) =>
    writePart(work, index, extensionOf(codec), packStream(codec, textBlocks(rows))),
  saveSequence: (work: string, format: SequenceFormat) => (index, rows: Rows) =>
    writePart(work, index, "", writeSequence(rows, format)),
  saveObjects: (work: string) => (index, rows: Rows) =>
    writePart(work, index, "", objectFileBlocks(batched(rows, 8192))),
};

/** What a function that is called for its effects returns must not be still to come. */
function notPromised(value: unknown): void {
  if (value instanceof Promise)
    throw new GnistaError(
      "INVALID_ARGUMENT",
      "the function returns a promise, but tasks do not wait: await on the driver, and pass what came of it",
    );
}

function firstRows(
  n: number,
  rows: Rows,
  keyOfRow: (row: unknown) => unknown,
  compare: (a: unknown, b: unknown) => number,
  descending: boolean,
): [unknown, unknown][] {
  const sign = descending ? -1 : 1;
  const heap = new BoundedHeap<readonly [unknown, unknown, number]>(
    n,
    (a, b) => sign * compare(a[0], b[0]) || a[2] - b[2],
  );
  let at = 0;
  for (const row of rows) {
    const key = keyOfRow(row);
    const { bound } = heap;
    // Of equal rows those that came first stay.
    if (bound === undefined || sign * compare(key, bound[0]) < 0) heap.push([key, row, at]);
    at++;
  }
  return heap.sorted().map(([key, row]) => [key, row]);
}

/** The fraction of a pair's key; keys that are objects meet by structure. */
function byStructure(fractions: Fractions): (row: unknown) => number {
  const known = new Map([...fractions].map(([key, fraction]) => [keyOf(key), fraction]));
  return (row) => known.get(keyOf((row as [unknown])[0])) ?? 0;
}

function* textBlocks(rows: Rows): Generator<Uint8Array> {
  for (const batch of batched(rows, 8192))
    yield Buffer.from(batch.map((row) => `${savedLine(row)}\n`).join(""));
}

function savedLine(row: unknown): string {
  if (row === null || row === undefined)
    throw new GnistaError(
      "INVALID_ARGUMENT",
      "text files do not allow null rows; filter them out or map them",
    );
  return textLine(row);
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
    if (done > 0) throw new Error("can only zip RDDs with same number of elements in each partition");
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
