/** The format of a SequenceFile from what a user says of it, and from a first pair where nothing is said. */
import { GnistaError } from "../../errors.ts";
import type { Codec } from "../codecs/codec.ts";
import {
  className,
  unknownWritable,
  type WritableClass,
  type WritableNames,
  writableOf,
} from "./writable-class.ts";
import type { SequenceFormat } from "./write-sequence.ts";
import { classFor } from "./write-writable.ts";

/** What `saveAsSequenceFile` can be told. */
export interface SequenceFileOutput {
  /** The Writable class of all keys: "Text", "LongWritable", "ArrayWritable<IntWritable>", or a class of your own with `writables`. */
  readonly keyClass?: string;
  /** The same for all values. */
  readonly valueClass?: string;
  /** Which standard class a class of your own is written like: `{ "com.acme.Numbers": "ArrayWritable<IntWritable>" }`. */
  readonly writables?: WritableNames;
  /** With a codec: "block" (the default) packs runs of pairs together, "record" each value by itself. */
  readonly compression?: "record" | "block";
  /** Texts for the head of each file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const OPERATION = "saveAsSequenceFile";

/** `first` is the first row; null when there is none. */
export function sequenceFormat(
  codec: Codec,
  options: SequenceFileOutput,
  first: readonly [key: unknown, value: unknown] | null,
): SequenceFormat {
  const { compression = "block", writables = {}, metadata = {} } = options;
  if (compression !== "record" && compression !== "block")
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `${OPERATION} compresses by "record" or "block", not "${String(compression)}"`,
    );
  const key = classOf("key", options.keyClass, first?.[0], writables);
  const value = classOf("value", options.valueClass, first?.[1], writables);
  return {
    key: key.class,
    value: value.class,
    compression: codec === "none" ? "none" : compression,
    codec,
    // Arrays do not say what is in them: for gnista, which reads them without being told.
    metadata: {
      ...metadata,
      ...(key.class.type.kind === "array" ? { "gnista.key": key.like } : {}),
      ...(value.class.type.kind === "array" ? { "gnista.value": value.like } : {}),
    },
  };
}

function classOf(
  what: "key" | "value",
  named: string | undefined,
  first: unknown,
  writables: WritableNames,
): { readonly class: WritableClass; readonly like: string } {
  const name = named ?? classFor(first);
  if (name === null)
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `${OPERATION} has no Writable class for ${what}s such as ${String(first) || "an empty array"}; name one: { ${what}Class: "ArrayWritable<IntWritable>" }, or map them to numbers, bigints, strings, booleans, bytes, arrays or Maps`,
    );
  const type = writableOf(name, writables);
  if (type === null) throw unknownWritable(OPERATION, name);
  return { class: { name: className(name), type }, like: writables[name] ?? name };
}
