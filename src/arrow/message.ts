/**
 * Arrow's encapsulated messages: `ffffffff`, the length of the metadata, the metadata (a flatbuffer), and a body of buffers. Streams from before
 * Arrow 0.15 have no `ffffffff`. A length of 0 ends a stream.
 *
 * https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
 */
import type { ArrowSchema } from "./arrow-type.ts";
import { corruptArrow, type SourceName, unsupportedArrow } from "./corrupt.ts";
import { FlatTable } from "./flat-table.ts";
import { type FlatTableValue, i16, i64, structs, table, u8, writeFlat } from "./flat-writer.ts";
import { readSchema, writeSchema } from "./schema.ts";

/** Metadata version 5; 4 is read as well. */
const VERSION = 4;
const HEADERS = { schema: 1, dictionary: 2, batch: 3 } as const;
export const CONTINUATION = 0xffffffff;

export interface BatchHeader {
  readonly length: number;
  /** [length, null count] of each array, depth first. */
  readonly nodes: readonly (readonly number[])[];
  /** [offset, length] in the body. */
  readonly buffers: readonly (readonly number[])[];
  readonly compression: "none" | "lz4" | "zstd";
  /** How many data buffers each view array has. */
  readonly variadicCounts: readonly number[];
}

export type ArrowMessage = { readonly bodyLength: number } & (
  | { readonly kind: "schema"; readonly schema: ArrowSchema }
  | { readonly kind: "batch"; readonly batch: BatchHeader }
  | { readonly kind: "dictionary"; readonly id: number; readonly delta: boolean; readonly batch: BatchHeader }
);

/** The message whose metadata is `bytes`, which lie at `offset` of the source. */
export function readMessage(bytes: Uint8Array, source: SourceName, offset: number): ArrowMessage {
  const message = checked(source, offset, () => decode(FlatTable.root(bytes)));
  if (message.kind === "other")
    throw unsupportedArrow(
      source,
      `a message at byte ${offset} is ${message.what}; only schemas, dictionaries and record batches are read`,
    );
  if (message.kind === "schema" && !message.schema.littleEndian)
    throw unsupportedArrow(
      source,
      "its numbers are big-endian; write it on, or convert it to, a little-endian machine",
    );
  return message;
}

/** Runs a decoder of metadata; what it finds wrong is CORRUPT_INPUT. */
export function checked<T>(source: SourceName, offset: number, decoder: () => T): T {
  try {
    return decoder();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw corruptArrow(source, offset, `its metadata is malformed, ${error.message}`);
  }
}

type Decoded =
  | Exclude<ArrowMessage, { readonly kind: "schema" }>
  | { readonly kind: "schema"; readonly schema: ReturnType<typeof readSchema>; readonly bodyLength: number }
  | { readonly kind: "other"; readonly what: string };

function decode(message: FlatTable): Decoded {
  const version = message.i16(0);
  if (version < VERSION - 1 || version > VERSION)
    return { kind: "other", what: `of metadata version ${version + 1}` };
  const header = message.table(2);
  const code = message.u8(1);
  if (header === null) throw new RangeError("a message has no header");
  const bodyLength = message.i64(3);
  if (bodyLength < 0) throw new RangeError("a body has a negative length");
  switch (code) {
    case HEADERS.schema:
      return { kind: "schema", schema: readSchema(header), bodyLength };
    case HEADERS.batch:
      return { kind: "batch", batch: readBatch(header), bodyLength };
    case HEADERS.dictionary: {
      const batch = header.table(1);
      if (batch === null) throw new RangeError("a dictionary has no values");
      return {
        kind: "dictionary",
        id: header.i64(0),
        delta: header.bool(2),
        batch: readBatch(batch),
        bodyLength,
      };
    }
    case 4:
    case 5:
      return { kind: "other", what: "a tensor" };
    default:
      throw new RangeError(`there is no message of type ${code}`);
  }
}

function readBatch(batch: FlatTable): BatchHeader {
  const length = batch.i64(0);
  if (length < 0 || length > 0x7fffffff) throw new RangeError(`a batch has ${length} rows`);
  const compression = batch.table(3);
  const codec = compression === null ? null : compression.u8(0);
  if (codec !== null && codec > 1) throw new RangeError(`there is no compression ${codec}`);
  return {
    length,
    nodes: batch.structs(1, 2),
    buffers: batch.structs(2, 2),
    compression: codec === null ? "none" : codec === 0 ? "lz4" : "zstd",
    variadicCounts: batch.i64s(4),
  };
}

/** The whole of a message but its body: prefix and metadata, padded to 8 bytes. */
export function writeMessage(
  header: FlatTableValue,
  kind: keyof typeof HEADERS,
  bodyLength: number,
): Uint8Array {
  const metadata = writeFlat(table(i16(VERSION), u8(HEADERS[kind]), header, i64(bodyLength)));
  const padded = Math.ceil(metadata.length / 8) * 8;
  const message = new Uint8Array(8 + padded);
  const view = new DataView(message.buffer);
  view.setUint32(0, CONTINUATION, true);
  view.setUint32(4, padded, true);
  message.set(metadata, 8);
  return message;
}

export function schemaMessage(schema: ArrowSchema): Uint8Array {
  return writeMessage(writeSchema(schema), "schema", 0);
}

export function batchTable({
  length,
  nodes,
  buffers,
}: Pick<BatchHeader, "length" | "nodes" | "buffers">): FlatTableValue {
  return table(i64(length), structs(nodes), structs(buffers));
}
