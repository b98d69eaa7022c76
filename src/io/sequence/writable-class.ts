/**
 * Hadoop's Writables: what lies in the bytes of a class, by its name. Classes of a program's own are told to be like one of the standard ones;
 * arrays are written without saying of what, so that their name has to: `ArrayWritable<IntWritable>`.
 */
import { GnistaError } from "../../errors.ts";

const SCALARS = {
  NullWritable: "null",
  BooleanWritable: "boolean",
  ByteWritable: "byte",
  ShortWritable: "short",
  IntWritable: "int",
  VIntWritable: "vint",
  LongWritable: "long",
  VLongWritable: "vlong",
  FloatWritable: "float",
  DoubleWritable: "double",
  Text: "text",
  BytesWritable: "bytes",
  MD5Hash: "md5",
  ArrayPrimitiveWritable: "primitives",
  MapWritable: "map",
  SortedMapWritable: "map",
} as const;

export type Writable =
  | { readonly kind: (typeof SCALARS)[keyof typeof SCALARS] }
  /** `depth` 2 for arrays of arrays of one length. */
  | { readonly kind: "array"; readonly depth: 1 | 2; readonly item: Writable };

export interface WritableClass {
  /** As Hadoop knows it. */
  readonly name: string;
  readonly type: Writable;
}

/** Which standard class a class of the program's own is written like. */
export type WritableNames = Readonly<Record<string, string>>;

const PACKAGE = "org.apache.hadoop.io.";
const ARRAY = /^(ArrayWritable|TwoDArrayWritable)<(.+)>$/;

/** Java's full name. */
export function className(name: string): string {
  const bare = ARRAY.exec(name)?.[1] ?? name;
  return bare in SCALARS || bare === "ArrayWritable" || bare === "TwoDArrayWritable" ? PACKAGE + bare : bare;
}

/** null when nothing says what is in the class. */
export function writableOf(name: string, names: WritableNames = {}, depth = 0): Writable | null {
  // Names that lead back to themselves.
  if (depth > 32) return null;
  const short = name.startsWith(PACKAGE) ? name.slice(PACKAGE.length) : name;
  const array = ARRAY.exec(short);
  if (array !== null) {
    const item = writableOf(array[2], names, depth + 1);
    // Items of no bytes would let a few bytes stand for billions of them.
    if (item === null || item.kind === "null") return null;
    return { kind: "array", depth: array[1] === "ArrayWritable" ? 1 : 2, item };
  }
  const told = names[name] ?? names[short] ?? names[PACKAGE + name];
  if (told !== undefined) return writableOf(told, names, depth + 1);
  if (Object.hasOwn(SCALARS, short)) return { kind: SCALARS[short as keyof typeof SCALARS] };
  return null;
}

export function unknownWritable(operation: string, name: string, file?: string): GnistaError {
  const short = name.startsWith(PACKAGE) ? name.slice(PACKAGE.length) : name;
  const isArray = short === "ArrayWritable" || short === "TwoDArrayWritable";
  const advice = isArray
    ? `say what is in it: writables: { "${name}": "${short}<IntWritable>" }`
    : `if it is written like a class of ${PACKAGE.slice(0, -1)}, say so: writables: { "${name}": "ArrayWritable<IntWritable>" }`;
  return new GnistaError(
    "UNSUPPORTED_OPERATION",
    `${operation} does not know how the class ${name}${file === undefined ? "" : ` in ${file}`} is written; ${advice}`,
    file === undefined ? {} : { file },
  );
}
