/**
 * combineByKey over JavaScript values: a Map from key to combiner, in order of first appearance. Keys that are arrays or objects
 * meet by structure. Costs a Map lookup a row; the kernels take over where they know the function.
 */
import { keyOf } from "../column/equality.ts";
import type { Combiner } from "../plan/node.ts";
import { asPair } from "./pairs.ts";
import type { AnyFunction, ShuffleTask } from "./task.ts";

/** V8's Map holds at most 2^24 entries; beyond, keys go to further maps. */
const MAP_LIMIT = 16_000_000;

interface Entry {
  readonly key: unknown;
  combined: unknown;
}

export class RowCombiner {
  readonly #create: AnyFunction;
  readonly #mergeValue: AnyFunction;
  readonly #mergeCombiners: AnyFunction;
  readonly #maps: Map<unknown, Entry>[] = [new Map()];

  constructor(task: ShuffleTask, combiner: Combiner) {
    this.#create = task.fn(combiner.createCombiner);
    this.#mergeValue = task.fn(combiner.mergeValue);
    this.#mergeCombiners = task.fn(combiner.mergeCombiners);
  }

  /** Adds rows that are pairs; `combined` says that their values are combiners already. */
  addAll(rows: readonly unknown[], combined: boolean): void {
    for (const row of rows) {
      const [key, value] = asPair(row);
      if (combined) this.addCombined(key, value);
      else this.addValue(key, value);
    }
  }

  addValue(key: unknown, value: unknown): void {
    const identity = keyOf(key);
    const entry = this.#find(identity);
    if (entry === undefined) this.#insert(identity, { key, combined: this.#create(value) });
    else entry.combined = this.#mergeValue(entry.combined, value);
  }

  addCombined(key: unknown, combined: unknown): void {
    const identity = keyOf(key);
    const entry = this.#find(identity);
    if (entry === undefined) this.#insert(identity, { key, combined });
    else entry.combined = this.#mergeCombiners(entry.combined, combined);
  }

  #find(identity: unknown): Entry | undefined {
    for (const map of this.#maps) {
      const entry = map.get(identity);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  #insert(identity: unknown, entry: Entry): void {
    let last = this.#maps[this.#maps.length - 1];
    if (last.size >= MAP_LIMIT) {
      last = new Map();
      this.#maps.push(last);
    }
    last.set(identity, entry);
  }

  get size(): number {
    return this.#maps.reduce((sum, map) => sum + map.size, 0);
  }

  /** [key, combined] pairs in order of first appearance, some thousands at a time. */
  *pairs(rows = 16384): Generator<[unknown, unknown][]> {
    let batch: [unknown, unknown][] = [];
    for (const map of this.#maps)
      for (const entry of map.values()) {
        batch.push([entry.key, entry.combined]);
        if (batch.length === rows) {
          yield batch;
          batch = [];
        }
      }
    if (batch.length > 0) yield batch;
  }
}
