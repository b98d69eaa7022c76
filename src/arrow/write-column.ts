/**
 * Columns as the nodes and buffers of a record batch. Where the layouts agree a buffer is the column's own memory, to be copied once to where
 * the batch is written; offsets of slices are made to start at 0, bytes of bools become bits.
 */
import type { Column } from "../column/column.ts";
import { isValid, readColumn } from "../column/reader.ts";
import { valueWidth } from "../column/type.ts";
import { GnistaError } from "../errors.ts";
import type { Heap } from "../memory/heap.ts";
import type { Segment } from "../memory/segment.ts";
import type { Layout, Shape } from "./layout.ts";
import { packBits } from "./numbers.ts";

const NOTHING = new Uint8Array(0);

export class BatchWriter {
  readonly nodes: [number, number][] = [];
  readonly buffers: Uint8Array[] = [];
  readonly #heap: Heap;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** Chunk `chunk` of a place in the table. */
  write({ name, columns, shape }: Layout, chunk: number): void {
    const column = columns[chunk];
    const { length: n, nullCount } = column;
    if (nullCount === n) {
      this.#nulls(shape, n);
      return;
    }
    const segment = this.#heap.segment(column.segment);
    this.nodes.push([n, nullCount]);
    this.buffers.push(
      nullCount === 0 ? NOTHING : segment.u8.subarray(column.validity, column.validity + ((n + 7) >>> 3)),
    );
    switch (shape.kind) {
      case "bool":
        this.buffers.push(packBits(segment.u8.subarray(column.values, column.values + n)));
        break;
      case "date":
        this.buffers.push(milliseconds(name, segment, column));
        break;
      case "utf8":
        this.#strings(name, segment, column);
        break;
      case "dictionary": {
        const codes = segment.u32.subarray(column.values / 4, column.values / 4 + n);
        const mapped = shape.shared.codesOf(column);
        // Under a null row there may be any code.
        this.buffers.push(bytesOf(mapped === null ? codes : codes.map((code) => mapped[code] ?? 0)));
        break;
      }
      case "vector":
        this.nodes.push([n * shape.size, 0]);
        this.buffers.push(NOTHING, valuesOf(segment, column));
        break;
      case "list":
        this.buffers.push(bytesOf(offsetsFrom0(segment, column)));
        this.write(shape.item, chunk);
        break;
      case "struct":
        for (const field of shape.fields) this.write(field, chunk);
        break;
      case "binary":
        this.#binary(name, column);
        break;
      case "f64":
        this.buffers.push(column.type.kind === "f64" ? valuesOf(segment, column) : doubles(segment, column));
        break;
      default:
        this.buffers.push(valuesOf(segment, column));
    }
  }

  #nulls(shape: Shape, n: number): void {
    this.nodes.push([n, n]);
    if (shape.kind === "null") return;
    this.buffers.push(new Uint8Array((n + 7) >>> 3));
    switch (shape.kind) {
      case "bool":
        this.buffers.push(new Uint8Array((n + 7) >>> 3));
        break;
      case "utf8":
      case "binary":
        this.buffers.push(new Uint8Array((n + 1) * 4), NOTHING);
        break;
      case "list":
        this.buffers.push(new Uint8Array((n + 1) * 4));
        this.#nulls(shape.item.shape, 0);
        break;
      case "struct":
        for (const field of shape.fields) this.#nulls(field.shape, n);
        break;
      case "vector":
        this.nodes.push([n * shape.size, 0]);
        this.buffers.push(NOTHING, new Uint8Array(n * valueWidth(shape)));
        break;
      default:
        this.buffers.push(new Uint8Array(n * valueWidth({ kind: shape.kind })));
    }
  }

  #strings(name: string, segment: Segment, column: Column): void {
    if (column.type.kind === "dictionary") {
      this.#expand(name, segment, column);
      return;
    }
    const { i32, u8 } = segment;
    const at = column.offsets / 4;
    const offsets = offsetsFrom0(segment, column);
    this.buffers.push(
      bytesOf(offsets),
      u8.subarray(column.values + i32[at], column.values + i32[at + column.length]),
    );
  }

  /** Codes beside chunks of plain strings. */
  #expand(name: string, segment: Segment, column: Column): void {
    const { length: n, values } = column;
    const [strings] = column.children;
    const { i32, u8 } = this.#heap.segment(strings.segment);
    const at = strings.offsets / 4;
    const offsets = new Int32Array(n + 1);
    const codeOf = (row: number): number =>
      isValid(segment.u8, column.validity, row) ? segment.u32[values / 4 + row] : -1;
    let total = 0;
    for (let i = 0; i < n; i++) {
      const code = codeOf(i);
      if (code >= 0) total += i32[at + code + 1] - i32[at + code];
      offsets[i + 1] = total;
    }
    checkSize(name, total);
    const text = new Uint8Array(total);
    for (let i = 0; i < n; i++) {
      const code = codeOf(i);
      if (code >= 0) {
        let to = offsets[i];
        const end = strings.values + i32[at + code + 1];
        for (let from = strings.values + i32[at + code]; from < end; from++) text[to++] = u8[from];
      }
    }
    this.buffers.push(bytesOf(offsets), text);
  }

  #binary(name: string, column: Column): void {
    const rows = readColumn(this.#heap, column) as (Uint8Array | null)[];
    const offsets = new Int32Array(rows.length + 1);
    let total = 0;
    rows.forEach((row, i) => {
      total += row?.length ?? 0;
      offsets[i + 1] = total;
    });
    checkSize(name, total);
    const bytes = new Uint8Array(total);
    rows.forEach((row, i) => {
      if (row !== null) bytes.set(row, offsets[i]);
    });
    this.buffers.push(bytesOf(offsets), bytes);
  }
}

function checkSize(name: string, bytes: number): void {
  if (bytes > 0x7fffffff)
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `the column ${JSON.stringify(name)} has more than 2 GiB in one batch; use more partitions`,
    );
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array | Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function valuesOf({ u8 }: Segment, { values, length, type }: Column): Uint8Array {
  return u8.subarray(values, values + length * valueWidth(type));
}

function offsetsFrom0({ i32 }: Segment, { offsets, length }: Column): Int32Array {
  const own = i32.subarray(offsets / 4, offsets / 4 + length + 1);
  const [start] = own;
  return start === 0 ? own : new Int32Array(own).map((offset) => offset - start);
}

function doubles(segment: Segment, { type, values, length }: Column): Uint8Array {
  const from = segment[type.kind as "i32" | "u32" | "f32"];
  return bytesOf(Float64Array.from(from.subarray(values / 4, values / 4 + length)));
}

function milliseconds(name: string, { f64, u8 }: Segment, { values, validity, length }: Column): Uint8Array {
  const words = new Int32Array(length * 2);
  for (let i = 0; i < length; i++) {
    const ms = f64[values / 8 + i];
    if (ms === ms) {
      words[i * 2] = ms % 2 ** 32;
      words[i * 2 + 1] = Math.floor(ms / 2 ** 32);
    } else if (isValid(u8, validity, i))
      throw new GnistaError(
        "UNSUPPORTED_OPERATION",
        `the column ${JSON.stringify(name)} has an invalid Date, which Arrow cannot hold; filter it out or map it to null first`,
      );
  }
  return bytesOf(words);
}
