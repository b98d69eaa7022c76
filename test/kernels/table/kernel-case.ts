/**
 * How a kernel is compared with its reference. A case lays inputs out in memory, calls one kernel and returns what it observed; the same case
 * runs over the JavaScript kernels and over both WebAssembly builds, each in a segment of its own with the same layout, so that
 * even pointers agree. What is returned must be equal bit for bit, and nothing may be written outside the room that the case gave.
 *
 * To add a kernel: add one entry of its name to the file of its family here (a new family: a new file, and one line in `cases.ts`).
 *
 *   partitionInts: kernelCase(
 *     (shape) => fc.record({ keys: u32s(shape), n: partitions }),      // the shape is one of `edges.ts`, each is tried
 *     (k, m, { keys, n }) => {
 *       const into = m.room(keys.length, 4);                           // place outputs first or last, the order is yours
 *       k.partitionInts(m.input(keys), keys.length, n, into);
 *       return [m.bytes(into, keys.length * 4)];                       // numbers and bytes; doubles() where NaNs may differ in their bits
 *     },
 *   ),
 */
import { Buffer } from "node:buffer";
import type fc from "fast-check";
import type { Kernels } from "../../../src/kernels/kernels.ts";
import type { Segment } from "../../../src/memory/segment.ts";
import type { Shape } from "./edges.ts";

export type KernelName = Exclude<keyof Kernels, "backend">;
export type KernelCases<Family> = Readonly<Record<keyof Family, KernelCase>>;
export type Observed = number | Uint8Array;

export interface KernelCase {
  readonly inputs: (shape: Shape) => fc.Arbitrary<unknown>;
  readonly run: (k: Kernels, m: CaseMemory, input: unknown) => readonly Observed[];
}

export function kernelCase<I>(
  inputs: (shape: Shape) => fc.Arbitrary<I>,
  run: (k: Kernels, m: CaseMemory, input: I) => readonly Observed[],
): KernelCase {
  return { inputs, run: run as KernelCase["run"] };
}

type Numbers =
  | Uint8Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

const GUARD = 64;
const UNTOUCHED = 0xa5;

/** The memory of one call. Pieces start `skew` elements past a multiple of 64 bytes, as those of a sliced column do. */
export class CaseMemory {
  readonly segment: Segment;
  readonly #skew: number;
  readonly #rooms: { readonly from: number; readonly to: number }[] = [];
  readonly #inputs = new Map<number, Uint8Array>();
  #at = GUARD;

  constructor(segment: Segment, skew: number) {
    this.segment = segment;
    this.#skew = skew;
    segment.u8.fill(UNTOUCHED, 0, GUARD);
  }

  /** Data that the kernel may read, and must leave as it is. */
  input(data: Numbers): number {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const ptr = this.#place(data.length, data.BYTES_PER_ELEMENT);
    this.segment.u8.set(bytes, ptr);
    this.#inputs.set(ptr, bytes.slice());
    return ptr;
  }

  /** Data that the kernel may change. */
  variable(data: Numbers): number {
    const ptr = this.room(data.length, data.BYTES_PER_ELEMENT);
    this.segment.u8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), ptr);
    return ptr;
  }

  /** Room to write to. */
  room(length: number, width: number): number {
    const ptr = this.#place(length, width);
    this.#rooms.push({ from: ptr, to: ptr + length * width });
    return ptr;
  }

  zeros(length: number, width: number): number {
    const ptr = this.room(length, width);
    this.segment.u8.fill(0, ptr, ptr + length * width);
    return ptr;
  }

  bytes(ptr: number, bytes: number): Uint8Array {
    return this.segment.u8.slice(ptr, ptr + bytes);
  }

  /** Doubles, all NaNs made one: what arithmetic makes of the bits of a NaN is the engine's choice. */
  doubles(ptr: number, length: number): Uint8Array {
    const values = new Float64Array(this.bytes(ptr, length * 8).buffer);
    for (let i = 0; i < length; i++) if (Number.isNaN(values[i])) values[i] = Number.NaN;
    return new Uint8Array(values.buffer);
  }

  u32(ptr: number, length: number): Uint32Array {
    return new Uint32Array(this.bytes(ptr, length * 4).buffer);
  }

  /** Throws when something was written that is neither room nor variable. */
  checkGuards(): void {
    for (const [ptr, before] of this.#inputs)
      if (!Buffer.from(this.bytes(ptr, before.length)).equals(before))
        throw new Error(`the input at ${ptr} was changed`);
    const { u8 } = this.segment;
    const taken = [
      ...this.#rooms,
      ...[...this.#inputs].map(([ptr, { length }]) => ({ from: ptr, to: ptr + length })),
    ].sort((a, b) => a.from - b.from);
    let at = 0;
    for (const { from, to } of [...taken, { from: this.#at, to: this.#at }]) {
      for (; at < from; at++)
        if (u8[at] !== UNTOUCHED)
          throw new Error(`byte ${at} was written, outside of any room (${JSON.stringify(taken)})`);
      at = Math.max(at, to);
    }
  }

  #place(length: number, width: number): number {
    const ptr = this.#at + this.#skew * width;
    const end = Math.ceil((ptr + length * width) / GUARD) * GUARD + GUARD;
    if (end > this.segment.bytes) throw new RangeError("the case needs more memory than its segment has");
    this.segment.u8.fill(UNTOUCHED, this.#at, end);
    this.#at = end;
    return ptr;
  }
}

/** Throws unless every kernel table observes what the first one does. */
export function compareKernels(
  { run }: KernelCase,
  tables: readonly { readonly name: string; readonly kernels: Kernels; readonly segment: Segment }[],
  input: unknown,
  skew: number,
): void {
  const results = tables.map(({ name, kernels, segment }) => {
    const memory = new CaseMemory(segment, skew);
    try {
      const observed = run(kernels, memory, input).map((value) =>
        typeof value === "number" ? value : Buffer.from(value).toString("hex"),
      );
      memory.checkGuards();
      return { name, observed };
    } catch (error) {
      throw new Error(`in the ${name} build`, { cause: error });
    }
  });
  const [reference, ...others] = results;
  for (const { name, observed } of others)
    reference.observed.forEach((value, i) => {
      if (value !== observed[i])
        throw new Error(`observation ${i} differs:\n${reference.name}: ${value}\n${name}: ${observed[i]}`);
    });
}
