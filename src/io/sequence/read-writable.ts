/**
 * Writables as JavaScript values: null, booleans, numbers (longs are bigints), strings, Buffers, arrays, typed arrays, Maps. What does not hold together is
 * a RangeError or `Damaged`.
 */
import { Buffer } from "node:buffer";
import type { DataInput } from "./data-input.ts";
import { type Writable, type WritableNames, writableOf } from "./writable-class.ts";

export type ReadWritable = (input: DataInput) => unknown;

/** The classes that maps have numbers for from the start. */
export const KNOWN_IN_MAPS = [
  "ArrayWritable",
  "BooleanWritable",
  "BytesWritable",
  "FloatWritable",
  "IntWritable",
  "LongWritable",
  "MapWritable",
  "MD5Hash",
  "NullWritable",
  "ObjectWritable",
  "SortedMapWritable",
  "Text",
  "TwoDArrayWritable",
  "VIntWritable",
  "VLongWritable",
] as const;
export const FIRST_IN_MAPS = -127;

/** By the JVM's name of the item's type. */
export const PRIMITIVES = {
  byte: Int8Array,
  short: Int16Array,
  char: Uint16Array,
  int: Int32Array,
  long: BigInt64Array,
  float: Float32Array,
  double: Float64Array,
} as const;

export class Damaged extends Error {}

/** A class in a map of which nothing says how it is written. */
export class UnknownClass extends Error {
  readonly className: string;

  constructor(className: string) {
    super(`the class ${className} is not known`);
    this.className = className;
  }
}

export function readerOf(type: Writable, names: WritableNames): ReadWritable {
  switch (type.kind) {
    case "null":
      return () => null;
    case "boolean":
      return (input) => input.byte() !== 0;
    case "byte":
      return (input) => input.byte();
    case "short":
      return (input) => input.short();
    case "int":
      return (input) => input.int();
    case "vint":
      return (input) => input.vint();
    case "long":
      return (input) => input.long();
    case "vlong":
      return (input) => input.vlong();
    case "float":
      return (input) => input.float();
    case "double":
      return (input) => input.double();
    case "text":
      return (input) => input.text();
    case "bytes":
      return (input) => Buffer.from(input.slice(input.count(1)));
    case "md5":
      return (input) => Buffer.from(input.slice(16));
    case "primitives":
      return readPrimitives;
    case "map":
      return (input) => readMap(input, names);
    case "array":
      return arrayReader(readerOf(type.item, names), type.depth);
  }
}

function arrayReader(item: ReadWritable, depth: 1 | 2): ReadWritable {
  const fill = (input: DataInput, length: number): unknown[] => {
    const items: unknown[] = [];
    for (let i = 0; i < length; i++) items.push(item(input));
    return items;
  };
  if (depth === 1) return (input) => fill(input, input.count(1));
  return (input) => {
    const lengths = Array.from({ length: input.count(4) }, () => input.count(0));
    return lengths.map((length) => fill(input, length));
  };
}

function readPrimitives(input: DataInput): unknown {
  const name = input.utf();
  if (name === "boolean") return Array.from({ length: input.count(1) }, () => input.byte() !== 0);
  if (!Object.hasOwn(PRIMITIVES, name)) throw new Damaged(`it has an array of "${name}"`);
  const kind = name as keyof typeof PRIMITIVES;
  const items = new PRIMITIVES[kind](input.count(PRIMITIVES[kind].BYTES_PER_ELEMENT));
  for (let i = 0; i < items.length; i++) items[i] = input[kind]();
  return items;
}

function readMap(input: DataInput, names: WritableNames): Map<unknown, unknown> {
  const classes = new Map<number, string>(KNOWN_IN_MAPS.map((name, i) => [FIRST_IN_MAPS + i, name]));
  for (let left = input.byte(); left > 0; left--) {
    const number = input.byte();
    classes.set(number, input.utf());
  }
  const readers = new Map<number, ReadWritable>();
  const readTagged = (): unknown => {
    const number = input.byte();
    let read = readers.get(number);
    if (read === undefined) {
      const name = classes.get(number);
      if (name === undefined)
        throw new Damaged(`a map has a value of a class ${number} that it does not name`);
      const type = writableOf(name, names);
      if (type === null) throw new UnknownClass(name);
      read = readerOf(type, names);
      readers.set(number, read);
    }
    return read(input);
  };
  const map = new Map<unknown, unknown>();
  for (let left = input.count(2); left > 0; left--) {
    const key = readTagged();
    map.set(key, readTagged());
  }
  return map;
}
