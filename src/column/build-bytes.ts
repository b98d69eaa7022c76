/**
 * Columns of values that are bytes of any number: strings, and objects of any kind. They are encoded to a private buffer first, since encoders
 * refuse shared memory, and copied once.
 */
import { Buffer } from "node:buffer";
import { GnistaError } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import { type Column, plainColumn } from "./column.ts";
import { encodeObject } from "./object.ts";

/** Grows as it must; what a large column left is not kept. */
let staging = Buffer.allocUnsafe(1 << 16);

/** Null when some value is no string, or has a lone surrogate; nulls are skipped when `sparse`. */
export function buildStrings(values: readonly unknown[], sparse: boolean, out: Arena): Column | null {
  const n = values.length;
  const offsets = out.allocate((n + 1) * 4);
  const { i32 } = out.segment;
  const base = offsets / 4;
  let used = 0;
  i32[base] = 0;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (typeof value !== "string") {
      if (!(sparse && value === null)) return null;
    } else {
      const length = value.length;
      if (used + length * 3 > staging.length) staging = grown(staging, used, length * 3);
      let at = used;
      let k = 0;
      if (length < 48)
        for (; k < length; k++) {
          const code = value.charCodeAt(k);
          if (code > 127) break;
          staging[at++] = code;
        }
      if (k === length) used = at;
      else {
        if (!value.isWellFormed()) return null;
        used += staging.write(value, used, "utf8");
      }
      checkOffset(used);
    }
    i32[base + i + 1] = used;
  }
  const ptr = out.allocate(used);
  out.segment.u8.set(staging.subarray(0, used), ptr);
  if (staging.length > 1 << 26) staging = Buffer.allocUnsafe(1 << 16);
  return plainColumn({ type: { kind: "utf8" }, length: n, segment: out.segment.id, offsets, values: ptr });
}

/** Offsets are of 32 bits. */
export function checkOffset(bytes: number): void {
  if (bytes > 0x7fffffff)
    throw new GnistaError("INVALID_ARGUMENT", "more than 2 GiB in one column chunk; use more partitions");
}

function grown(buffer: Buffer<ArrayBuffer>, used: number, more: number): Buffer<ArrayBuffer> {
  const bigger = Buffer.allocUnsafe(Math.max(buffer.length * 2, used + more));
  bigger.set(buffer.subarray(0, used));
  return bigger;
}

/** Any values, each serialized; nulls have no bytes. */
export function buildObjects(values: readonly unknown[], out: Arena): Column {
  const n = values.length;
  const offsets = out.allocate((n + 1) * 4);
  const { i32 } = out.segment;
  let used = 0;
  i32[offsets / 4] = 0;
  for (let i = 0; i < n; i++) {
    if (values[i] !== null) {
      const bytes = encodeObject(values[i]);
      if (used + bytes.length > staging.length) staging = grown(staging, used, bytes.length);
      staging.set(bytes, used);
      used += bytes.length;
      checkOffset(used);
    }
    i32[offsets / 4 + i + 1] = used;
  }
  const ptr = out.allocate(used);
  out.segment.u8.set(staging.subarray(0, used), ptr);
  return plainColumn({ type: { kind: "object" }, length: n, segment: out.segment.id, offsets, values: ptr });
}
