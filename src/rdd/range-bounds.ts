/**
 * The bounds of a RangePartitioner, from a sample: some keys of each partition, each weighted by how many rows it stands for (as Spark's
 * RangePartitioner does). Numbers that spread evenly enough get a grid, whose look-up replaces the search of the bounds.
 */
import { compareValues } from "../column/equality.ts";
import { type ImageKind, imageKind } from "../kernels/key-image.ts";
import { makeGrid } from "../kernels/range-grid.ts";
import type { KeySample } from "../plan/action.ts";
import type { KeyOrdering, RangeBounds } from "../plan/partitioner.ts";
import type { ActionCall } from "./action-call.ts";
import type { RDD } from "./rdd.ts";
import type { Pair } from "./types.ts";

const KEYS_A_PARTITION = 60;
const LEAST_KEYS = 16384;
const MOST_KEYS = 3e6;

export async function sampleBounds<K, V>(
  rdd: RDD<Pair<K, V>>,
  numPartitions: number,
  ascending: boolean,
  call: ActionCall,
  signal: AbortSignal,
  ordering: KeyOrdering | null,
): Promise<RangeBounds> {
  const inputs = rdd.getNumPartitions();
  if (inputs === 0) return { bounds: [] };
  const keys = Math.min(Math.max(KEYS_A_PARTITION * numPartitions, LEAST_KEYS), MOST_KEYS);
  const wanted = Math.ceil(keys / inputs);
  const samples = await call.valuesFor<KeySample>(signal, rdd, { kind: "sampleKeys", wanted, seed: 0x5eed });
  const found = samples.filter((sample) => sample.keys.length > 0);
  const grid = ordering === null ? gridOf(found, numPartitions, ascending) : null;
  return grid ?? { bounds: boundsOf(found, numPartitions, ordering ?? compareValues) };
}

type Numbers = Uint32Array | Int32Array | Float32Array | Float64Array | BigInt64Array | BigUint64Array;

function gridOf(
  samples: readonly KeySample[],
  numPartitions: number,
  ascending: boolean,
): RangeBounds | null {
  const kind = numericKind(samples);
  if (kind === null) return null;
  const rows = samples.reduce((sum, sample) => sum + sample.rows, 0);
  const each = Math.max(...samples.map((sample) => sample.rows / sample.keys.length));
  const parts = samples.map(({ keys, rows: n }) => thinned(keys as Numbers, Math.round(n / each)));
  const all = allocate(
    parts[0],
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    (all as Float64Array).set(part as Float64Array, at);
    at += part.length;
  }
  return makeGrid(kind, all.sort() as Float64Array, rows, numPartitions, ascending);
}

function numericKind(samples: readonly KeySample[]): ImageKind | null {
  const kinds = new Set(samples.map(({ kind }) => kind));
  const [kind] = kinds;
  if (kinds.size !== 1 || kind === null || kind === "bool" || kind === "date" || kind === "dictionary")
    return null;
  return samples.every(({ keys }) => ArrayBuffer.isView(keys))
    ? imageKind({ kind } as { kind: "f64" })
    : null;
}

/** About `n` of the keys, evenly. */
function thinned(keys: Numbers, n: number): Numbers {
  if (n >= keys.length) return keys;
  const kept = allocate(keys, n);
  for (let i = 0; i < n; i++) kept[i] = keys[Math.floor((i * keys.length) / n)];
  return kept;
}

function allocate(like: Numbers, length: number): Numbers {
  return new (like.constructor as new (length: number) => Numbers)(length);
}

function boundsOf(samples: readonly KeySample[], numPartitions: number, compare: KeyOrdering): unknown[] {
  const weighted = samples.flatMap(({ rows, keys }) =>
    Array.from(keys, (key) => ({ key, weight: rows / keys.length })),
  );
  weighted.sort((a, b) => compare(a.key, b.key));
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  const step = total / numPartitions;
  const bounds: unknown[] = [];
  let passed = 0;
  let target = step;
  for (const { key, weight } of weighted) {
    if (bounds.length === numPartitions - 1) break;
    passed += weight;
    if (passed < target || (bounds.length > 0 && compare(key, bounds[bounds.length - 1]) <= 0)) continue;
    bounds.push(key);
    target += step;
  }
  return bounds;
}
