/**
 * Group ids for rows by their key, for every key type: an open-addressing table that is at most half full and grows fourfold, twofold when it is much
 * of the budget, but not beyond what all rows need. Ids count up by first appearance; NaN is one key and -0 is 0. Strings are not copied while
 * grouping: their memory must stay until the
 * keys are read or interned. Costs about one cache miss a row once the table has outgrown the cache.
 */
import { checkOffset } from "../column/build-bytes.ts";
import type { Column } from "../column/column.ts";
import type { DataType } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import type { Kernels } from "./kernels.ts";

const FIRST_BITS = 13;
/** The part of the budget up to which a table grows fourfold. */
const TABLE_SHARE = 1 / 16;
/** Rows that are looked up at once. */
const FIND_ROWS = 4096;
/** Room that the grouping of strings works in. */
const WORK_BYTES = 4160;

/** Whether keys of this type can be grouped as they lie in memory. Dictionaries are grouped by code or through their strings. */
export function canGroup(type: DataType): boolean {
  switch (type.kind) {
    case "u32":
    case "i32":
    case "f64":
    case "i64":
    case "u64":
    case "date":
    case "utf8":
      return true;
    default:
      return false;
  }
}

export class GroupTable {
  readonly #type: DataType;
  readonly #kernels: Kernels;
  readonly #scratch: Arena;
  readonly #state: number;
  readonly #slotBytes: number;
  readonly #keyBytes: number;
  readonly #work: number;
  readonly #mostBits: number;
  readonly #most: number;
  #bits: number;
  #table: number;
  #keys: number;
  /** Where a look-up lists the rows that it must try again. */
  #rest = 0;
  /** Groups whose strings lie in `scratch`. */
  #interned = 0;

  /**
   * `scratch` holds the table, at first of 1 << bits slots; keys that come must lie in its segment. There are at most `rows` of them, if that is
   * known.
   */
  constructor(
    c: Compute,
    type: DataType,
    scratch: Arena,
    bits = FIRST_BITS,
    rows: number = Number.POSITIVE_INFINITY,
  ) {
    this.#bits = bits;
    this.#mostBits = 1 + Math.ceil(Math.log2(Math.max(1, rows)));
    this.#type = type;
    this.#kernels = c.kernels(scratch.segment.id);
    this.#scratch = scratch;
    this.#most = c.heap.limit * TABLE_SHARE;
    const wide = type.kind === "utf8" || isWide(type);
    this.#slotBytes = wide ? 16 : 8;
    this.#keyBytes = wide ? 8 : 4;
    this.#work = type.kind === "utf8" ? scratch.allocate(WORK_BYTES) : 0;
    this.#state = scratch.allocate(64);
    scratch.segment.u32[this.#state / 4] = 0;
    this.#table = this.#zeroed();
    this.#keys = scratch.allocate(this.capacity * this.#keyBytes);
  }

  get count(): number {
    return this.#scratch.segment.u32[this.#state / 4];
  }

  /** The number of groups that fit before the table grows. */
  get capacity(): number {
    return 1 << (this.#bits - 1);
  }

  /** Can be more than 31 bits tell. */
  get #tableBytes(): number {
    return this.#slotBytes * 2 ** this.#bits;
  }

  /** Forgets all groups, for others of the same memory; strings that were interned stay. */
  clear(): void {
    this.#scratch.segment.u32[this.#state / 4] = 0;
    this.#kernels.fillDoubles(this.#table, this.#tableBytes / 8, 0);
    this.#interned = 0;
  }

  /** Writes the ids of rows `from` to `from + length` to u32 `ids`. */
  add(keys: Column, from: number, length: number, ids: number): void {
    for (let done = 0; ; this.#grow()) {
      done += this.#run(keys, from + done, length - done, ids + done * 4);
      if (done === length) return;
    }
  }

  /** The same for strings that `scatterStrings` laid out. */
  addWords(words: number, strings: number, length: number, ids: number): void {
    const k = this.#kernels;
    for (let done = 0; ; this.#grow()) {
      done += k.groupsWords(
        words + done * 8,
        strings + done * 8,
        length - done,
        this.#table,
        this.#bits,
        this.#keys,
        this.#state,
        this.capacity,
        ids + done * 4,
      );
      if (done === length) return;
    }
  }

  /** Writes the ids of rows `from` to `from + length` to u32 `ids`, NO_ROW for keys that have no group. */
  find(keys: Column, from: number, length: number, ids: number): void {
    const k = this.#kernels;
    const [table, bits] = [this.#table, this.#bits];
    if (this.#type.kind === "utf8") {
      k.findUtf8(keys.offsets + from * 4, keys.values, length, table, bits, this.#keys, ids);
      return;
    }
    const isDouble = this.#type.kind === "f64" || this.#type.kind === "date";
    const find = isDouble ? k.findDouble : this.#slotBytes === 16 ? k.find8 : k.find4;
    const width = isWide(keys.type) ? 8 : 4;
    if (this.#rest === 0) this.#rest = this.#scratch.allocate(FIND_ROWS * 4);
    for (let at = 0; at < length; at += FIND_ROWS) {
      const rows = Math.min(FIND_ROWS, length - at);
      find(keys.values + (from + at) * width, rows, table, bits, this.#rest, ids + at * 4);
    }
  }

  #run(keys: Column, from: number, length: number, ids: number): number {
    const k = this.#kernels;
    const limit = this.capacity;
    const width = isWide(keys.type) ? 8 : 4;
    const at = keys.values + from * width;
    switch (this.#type.kind) {
      case "utf8":
        return k.groupsUtf8(
          keys.offsets + from * 4,
          keys.values,
          length,
          this.#table,
          this.#bits,
          this.#keys,
          this.#state,
          limit,
          ids,
          this.#work,
        );
      case "f64":
      case "date":
        return k.groupsDouble(at, length, this.#table, this.#bits, this.#keys, this.#state, limit, ids);
      case "i64":
      case "u64":
        return k.groups8(at, length, this.#table, this.#bits, this.#keys, this.#state, limit, ids);
      default:
        return k.groups4(at, length, this.#table, this.#bits, this.#keys, this.#state, limit, ids);
    }
  }

  #zeroed(): number {
    const bytes = this.#tableBytes;
    const table = this.#scratch.allocate(bytes);
    // Not by the typed array, which fills shared memory value by value.
    this.#kernels.fillDoubles(table, bytes / 8, 0);
    return table;
  }

  #grow(): void {
    const [bits, table, keys, tableBytes] = [this.#bits, this.#table, this.#keys, this.#tableBytes];
    const used = this.capacity * this.#keyBytes;
    const doublings = 4 * this.#tableBytes > this.#most ? 1 : 2;
    this.#bits = Math.max(bits + 1, Math.min(bits + doublings, this.#mostBits));
    this.#table = this.#zeroed();
    this.#keys = this.#scratch.allocate(this.capacity * this.#keyBytes);
    this.#scratch.segment.u8.copyWithin(this.#keys, keys, keys + used);
    const k = this.#kernels;
    const regroup =
      this.#type.kind === "utf8" ? k.regroupUtf8 : this.#slotBytes === 16 ? k.regroup8 : k.regroup4;
    regroup(table, 1 << bits, this.#table, this.#bits);
    this.#scratch.giveBack(table, tableBytes);
    this.#scratch.giveBack(keys, used);
  }

  /** Copies the strings of new groups, so that the columns they came in are not needed any more. */
  intern(): void {
    if (this.#type.kind !== "utf8") return;
    const { count } = this;
    const strings = this.#keys + this.#interned * 8;
    const length = count - this.#interned;
    const bytes = this.#kernels.stringBytes(strings, length);
    this.#kernels.internStrings(strings, length, this.#scratch.allocate(bytes));
    this.#interned = count;
  }

  /** The key of every group as it is kept: of strings the pointer and the length, u32 each. */
  copyKeys(target: number): void {
    this.#kernels.copyBytes(this.#keys, this.count * this.#keyBytes, target);
  }

  /** The key of every group, in the order of their ids. */
  keys(out: Arena): Column {
    const length = this.count;
    const base = {
      type: this.#type,
      length,
      segment: out.segment.id,
      validity: 0,
      nullCount: 0,
      children: [],
    };
    if (this.#type.kind === "utf8") {
      const offsets = out.allocate((length + 1) * 4);
      const bytes = this.#kernels.stringBytes(this.#keys, length);
      checkOffset(bytes);
      const values = out.allocate(bytes);
      this.#kernels.copyStrings(this.#keys, length, offsets, values);
      return { ...base, offsets, values };
    }
    const bytes = length * this.#keyBytes;
    const values = out.allocate(bytes);
    out.segment.u8.copyWithin(values, this.#keys, this.#keys + bytes);
    return { ...base, offsets: 0, values };
  }
}

function isWide({ kind }: DataType): boolean {
  return kind === "i64" || kind === "u64" || kind === "f64" || kind === "date";
}
