/** JavaScript values as Writables: the inverse of `read-writable.ts`, and which class a value asks for. */
import { types } from "node:util";
import type { DataOutput } from "./data-output.ts";
import { FIRST_IN_MAPS, KNOWN_IN_MAPS, PRIMITIVES } from "./read-writable.ts";
import { className, type Writable, writableOf } from "./writable-class.ts";

/** Thrown for a value that its class cannot hold. */
export class Misfit extends Error {
  readonly value: unknown;

  constructor(value: unknown) {
    super("the value does not fit its Writable");
    this.value = value;
  }
}

export type WriteWritable = (out: DataOutput, value: unknown) => void;

const MOST = { byte: 0x7f, short: 0x7fff, int: 0x7fffffff };

/**
 * The class for values like this one; null when there is none. Numbers are ints if they are, else doubles: what was a number is one when it
 * is read back.
 */
export function classFor(value: unknown): string | null {
  switch (typeof value) {
    case "undefined":
      return "NullWritable";
    case "boolean":
      return "BooleanWritable";
    case "number":
      return Number.isInteger(value) && Math.abs(value) <= MOST.int ? "IntWritable" : "DoubleWritable";
    case "bigint":
      return "LongWritable";
    case "string":
      return "Text";
    case "object":
      break;
    default:
      return null;
  }
  if (value === null) return "NullWritable";
  if (value instanceof Uint8Array) return "BytesWritable";
  if (primitiveOf(value) !== undefined) return "ArrayPrimitiveWritable";
  if (Array.isArray(value)) {
    const item = value.length === 0 ? null : classFor(value[0]);
    return item === null || item === "NullWritable" ? null : `ArrayWritable<${item}>`;
  }
  return value instanceof Map || isPlain(value) ? "MapWritable" : null;
}

function primitiveOf(value: unknown): keyof typeof PRIMITIVES | undefined {
  if (!types.isTypedArray(value)) return undefined;
  return (Object.keys(PRIMITIVES) as (keyof typeof PRIMITIVES)[]).find(
    (name) => value instanceof PRIMITIVES[name],
  );
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function writerOf(type: Writable): WriteWritable {
  switch (type.kind) {
    case "null":
      return (_out, value) => {
        if (value !== null && value !== undefined) throw new Misfit(value);
      };
    case "boolean":
      return (out, value) => {
        if (typeof value !== "boolean") throw new Misfit(value);
        out.byte(value ? 1 : 0);
      };
    case "byte":
      return (out, value) => out.byte(integer(value, MOST.byte));
    case "short":
      return (out, value) => out.short(integer(value, MOST.short));
    case "int":
      return (out, value) => out.int(integer(value, MOST.int));
    case "vint":
      return (out, value) => out.vint(integer(value, MOST.int));
    case "long":
      return (out, value) => out.long(long(value));
    case "vlong":
      return (out, value) => out.vlong(long(value));
    case "float":
    case "double": {
      const { kind } = type;
      return (out, value) => {
        if (typeof value !== "number") throw new Misfit(value);
        out[kind](value);
      };
    }
    case "text":
      return (out, value) => {
        if (typeof value !== "string") throw new Misfit(value);
        out.text(value);
      };
    case "bytes":
      return (out, value) => {
        if (!(value instanceof Uint8Array)) throw new Misfit(value);
        out.int(value.length);
        out.put(value);
      };
    case "md5":
      return (out, value) => {
        if (!(value instanceof Uint8Array && value.length === 16)) throw new Misfit(value);
        out.put(value);
      };
    case "primitives":
      return writePrimitives;
    case "map":
      return writeMap;
    case "array":
      return type.depth === 1 ? arrayWriter(writerOf(type.item)) : gridWriter(writerOf(type.item));
  }
}

function integer(value: unknown, most: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value > most || value < -most - 1)
    throw new Misfit(value);
  return value;
}

function long(value: unknown): bigint {
  if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) return value;
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  throw new Misfit(value);
}

function arrayWriter(write: WriteWritable): WriteWritable {
  return (out, value) => {
    if (!Array.isArray(value)) throw new Misfit(value);
    out.int(value.length);
    for (const item of value) write(out, item);
  };
}

function gridWriter(write: WriteWritable): WriteWritable {
  return (out, value) => {
    if (!Array.isArray(value) || !value.every(Array.isArray)) throw new Misfit(value);
    out.int(value.length);
    for (const row of value as unknown[][]) out.int(row.length);
    for (const item of (value as unknown[][]).flat()) write(out, item);
  };
}

function writePrimitives(out: DataOutput, value: unknown): void {
  if (Array.isArray(value)) {
    if (!value.every((item) => typeof item === "boolean")) throw new Misfit(value);
    out.utf("boolean");
    out.int(value.length);
    for (const item of value) out.byte(item ? 1 : 0);
    return;
  }
  const name = primitiveOf(value);
  if (name === undefined) throw new Misfit(value);
  out.utf(name);
  out.int((value as Int8Array).length);
  for (const item of value as Iterable<never>) out[name === "char" ? "short" : name](item);
}

function writeMap(out: DataOutput, value: unknown): void {
  if (typeof value !== "object" || value === null || !(value instanceof Map || isPlain(value)))
    throw new Misfit(value);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const numbers = new Map<string, number>(KNOWN_IN_MAPS.map((name, i) => [name, FIRST_IN_MAPS + i]));
  const added: string[] = [];
  const tagged = entries.flat().map((item) => {
    const name = classFor(item);
    const type = name === null ? null : writableOf(name);
    // Nobody could tell what is in an array, as its class has nowhere to say it.
    if (name === null || type === null || type.kind === "array") throw new Misfit(item);
    let number = numbers.get(name);
    if (number === undefined) {
      number = added.push(name);
      numbers.set(name, number);
    }
    return { number, write: writerOf(type), item };
  });
  out.byte(added.length);
  added.forEach((name, i) => {
    out.byte(i + 1);
    out.utf(className(name));
  });
  out.int(entries.length);
  for (const { number, write, item } of tagged) {
    out.byte(number);
    write(out, item);
  }
}
