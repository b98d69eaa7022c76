/**
 * The running aggregates of many groups: an f64 slot a group, updated in row order by the kernels. A slot starts as the identity of its
 * aggregate; whether a group exists is read off its slot, or, when values equal to the identity occur, off a byte a group
 * that a second pass over the keys sets. Costs 8 bytes a group, 9 to 17 for first, last and mean.
 */
import type { Column } from "../column/column.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import type { Kernels } from "./kernels.ts";

export type AggregateKind = "sum" | "count" | "min" | "max" | "mean" | "first" | "last";

/** One aggregate, or one a field of values that are tuples. */
export type CombineKind = AggregateKind | readonly AggregateKind[];

/** How a key finds its slot: ((key - base) * inverse) >>> shift. */
export interface SlotRule {
  readonly base: number;
  readonly inverse: number;
  readonly shift: number;
}

const IDENTITY: Readonly<Record<AggregateKind, number>> = {
  sum: -0,
  count: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  mean: -0,
  first: 0,
  last: 0,
};

export class Accumulator {
  readonly kind: AggregateKind;
  readonly #kernels: Kernels;
  readonly #scratch: Arena;
  #capacity = 0;
  #slots = 0;
  #seen = 0;
  #counts = 0;
  #ambiguous = false;

  /** `scratch` holds the slots, in the segment of all keys and values that will come. */
  constructor(c: Compute, kind: AggregateKind, scratch: Arena) {
    this.kind = kind;
    this.#kernels = c.kernels(scratch.segment.id);
    this.#scratch = scratch;
  }

  /** Whether existing groups cannot be told from untouched slots: `mark` all keys, then emit. */
  get ambiguous(): boolean {
    return this.#ambiguous && this.#seen === 0;
  }

  /** Makes slots 0 to `size` fresh. */
  reset(size: number): void {
    if (size > this.#capacity) {
      this.#capacity = size;
      this.#slots = this.#scratch.allocate(size * 8);
      this.#counts = this.kind === "mean" ? this.#scratch.allocate(size * 8) : 0;
      this.#seen = this.#tracks ? this.#scratch.allocate(size) : 0;
    } else if (!this.#tracks) this.#seen = 0;
    this.#ambiguous = false;
    this.#clear(0, size);
  }

  /** Room for `size` groups, keeping those there are. */
  grow(size: number): void {
    if (size <= this.#capacity) return;
    const [before, slots, counts, seen] = [this.#capacity, this.#slots, this.#counts, this.#seen];
    const { u8 } = this.#scratch.segment;
    this.#capacity = size;
    this.#slots = this.#scratch.allocate(size * 8);
    u8.copyWithin(this.#slots, slots, slots + before * 8);
    this.#scratch.giveBack(slots, before * 8);
    if (this.kind === "mean") {
      this.#counts = this.#scratch.allocate(size * 8);
      u8.copyWithin(this.#counts, counts, counts + before * 8);
      this.#scratch.giveBack(counts, before * 8);
    }
    if (this.#tracks) {
      this.#seen = this.#scratch.allocate(size);
      u8.copyWithin(this.#seen, seen, seen + before);
      this.#scratch.giveBack(seen, before);
    }
    this.#clear(before, size);
  }

  /** Adds rows whose slots `rule` finds from u32 keys; `values` is a pointer to f64. */
  add(keys: number, values: number, length: number, { base, inverse, shift }: SlotRule): void {
    if (length === 0) return;
    const k = this.#kernels;
    switch (this.kind) {
      case "sum":
        if (k.denseSum(keys, values, length, base, inverse, shift, this.#slots) !== 0) this.#ambiguous = true;
        return;
      case "min":
        if (k.denseMin(keys, values, length, base, inverse, shift, this.#slots) !== 0) this.#ambiguous = true;
        return;
      case "max":
        if (k.denseMax(keys, values, length, base, inverse, shift, this.#slots) !== 0) this.#ambiguous = true;
        return;
      case "count":
        k.denseCount(keys, length, base, inverse, shift, this.#slots);
        return;
      case "mean":
        k.denseSum(keys, values, length, base, inverse, shift, this.#slots);
        k.denseCount(keys, length, base, inverse, shift, this.#counts);
        k.denseMark(keys, length, base, inverse, shift, this.#seen);
        return;
      case "first":
        k.denseFirst(keys, values, length, base, inverse, shift, this.#slots, this.#seen);
        return;
      case "last":
        k.denseLast(keys, values, length, base, inverse, shift, this.#slots, this.#seen);
    }
  }

  /** Starts the second pass, which says which groups exist. */
  startMarks(size: number): void {
    this.#seen = this.#scratch.allocate(size);
    this.#scratch.segment.f64.fill(0, this.#seen / 8, (this.#seen + size + 7) >>> 3);
  }

  mark(keys: number, length: number, { base, inverse, shift }: SlotRule): void {
    this.#kernels.denseMark(keys, length, base, inverse, shift, this.#seen);
  }

  /** To be called once, when all rows are in and before anything is emitted. */
  finish(size: number): void {
    if (this.kind === "mean") this.#kernels.divideDoubles(this.#slots, this.#counts, size);
  }

  /**
   * The groups among slots from, from + step, ... as keys base + slot * stride and their values; returns how many. Writes one group
   * more than it returns at most.
   */
  emit(
    from: number,
    to: number,
    step: number,
    base: number,
    stride: number,
    outKeys: number,
    outValues: number,
  ): number {
    return this.#seen === 0
      ? this.#kernels.emitDense(
          this.#slots,
          from,
          to,
          step,
          IDENTITY[this.kind],
          base,
          stride,
          outKeys,
          outValues,
        )
      : this.#kernels.emitSeen(this.#slots, this.#seen, from, to, step, base, stride, outKeys, outValues);
  }

  /** Slots 0 to `size`, all of them groups, as a column. */
  values(size: number, out: Arena): Column {
    const ptr = out.allocate(size * 8);
    this.copyValues(size, ptr);
    return doubles(ptr, size, out);
  }

  copyValues(size: number, target: number): void {
    this.#kernels.copyBytes(this.#slots, size * 8, target);
  }

  get #tracks(): boolean {
    return this.kind === "first" || this.kind === "last" || this.kind === "mean";
  }

  #clear(from: number, to: number): void {
    this.#kernels.fillDoubles(this.#slots + from * 8, to - from, IDENTITY[this.kind]);
    if (this.#counts !== 0) this.#kernels.fillDoubles(this.#counts + from * 8, to - from, 0);
    if (this.#seen !== 0) this.#scratch.segment.u8.fill(0, this.#seen + from, this.#seen + to);
  }
}

export function doubles(values: number, length: number, out: Arena): Column {
  return {
    type: { kind: "f64" },
    length,
    segment: out.segment.id,
    validity: 0,
    nullCount: 0,
    offsets: 0,
    values,
    children: [],
  };
}

const BLOCK = 16384;

/**
 * The values of a numeric column as f64, in runs of rows: all of them at no copy, or converted a block at a time. For a count, values of
 * any type, which are not looked at: `ones` asks for 1 in place of each.
 */
export function eachDoubles(
  c: Compute,
  values: Column,
  ones: boolean,
  scratch: Arena,
  visit: (doubles: number, from: number, length: number) => void,
): void {
  const { length: n } = values;
  const { kind } = values.type;
  if (n === 0) return;
  if (kind === "f64" && !ones) {
    visit(values.values, 0, n);
    return;
  }
  const kernels = c.kernels(scratch.segment.id);
  const block = scratch.allocate(Math.min(n, BLOCK) * 8);
  if (ones) kernels.fillDoubles(block, Math.min(n, BLOCK), 1);
  for (let from = 0; from < n; from += BLOCK) {
    const length = Math.min(BLOCK, n - from);
    const source = values.values + from * 4;
    if (!ones) {
      if (kind === "i32") kernels.doublesFromI32(source, length, block);
      else if (kind === "u32") kernels.doublesFromU32(source, length, block);
      else kernels.doublesFromF32(source, length, block);
    }
    visit(block, from, length);
  }
}
