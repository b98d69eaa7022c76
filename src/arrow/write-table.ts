/**
 * Columns of rows as Arrow data, in either format: schema, dictionaries, a record batch a column; a file has the same between `ARROW1` and a footer
 * that says where each batch is. Buffers start at multiples of 64 bytes of their body.
 */
import type { Column } from "../column/column.ts";
import type { Heap } from "../memory/heap.ts";
import { MAGIC } from "./arrow-index.ts";
import type { ArrowSchema, RowForm } from "./arrow-type.ts";
import { i64, table, u8 } from "./flat-writer.ts";
import { type MessageBlock, writeFooter } from "./footer.ts";
import { type Layout, LayoutPlanner } from "./layout.ts";
import { fieldOf } from "./layout-field.ts";
import { batchTable, CONTINUATION, schemaMessage, writeMessage } from "./message.ts";
import { BatchWriter } from "./write-column.ts";

/** What `toArrow` makes: a stream, to be read front to back, or a file, whose footer lets readers go to any batch. */
export type ArrowFormat = "stream" | "file";

const ALIGN = 64;
const PADDING = new Uint8Array(ALIGN);

/**
 * Calls `use` with the pieces of the data in order. Some are memory of the columns, some of this function: none may be used after it.
 */
export function writeArrow<T>(
  heap: Heap,
  chunks: readonly Column[],
  format: ArrowFormat,
  use: (pieces: readonly Uint8Array[]) => T,
): T {
  const planner = new LayoutPlanner(heap);
  try {
    const filled = chunks.filter(({ length }) => length > 0);
    const { rows, columns } = tableOf(planner.plan("value", filled.length > 0 ? filled : chunks.slice(0, 1)));
    const schema: ArrowSchema = { fields: columns.map(fieldOf), rows };
    const out = new MessageWriter();
    if (format === "file") out.bytes(padded(MAGIC));
    out.bytes(schemaMessage(schema));
    const dictionaries = dictionaryLayouts(columns).map(({ shape: { id, shared } }) => {
      const strings = new BatchWriter(heap);
      strings.write({ name: "", columns: [shared.strings], shape: { kind: "utf8" } }, 0);
      return out.batch(shared.strings.length, strings, id);
    });
    const batches = filled.map(({ length }, i) => {
      const batch = new BatchWriter(heap);
      for (const column of columns) batch.write(column, i);
      return out.batch(length, batch, null);
    });
    out.bytes(END);
    if (format === "file") {
      const footer = writeFooter({ schema, dictionaries, batches });
      out.bytes(footer);
      out.bytes(u32(footer.length));
      out.bytes(MAGIC);
    }
    return use(out.pieces);
  } finally {
    planner.release();
  }
}

/** The whole data, copied once. */
export function arrowTable(heap: Heap, chunks: readonly Column[], format: ArrowFormat): Uint8Array {
  return writeArrow(heap, chunks, format, (pieces) => {
    const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  });
}

/** Structs are the rows of a table; anything else, and structs of which some are null, is its one column. */
function tableOf(value: Layout): { readonly rows: RowForm; readonly columns: readonly Layout[] } {
  const { columns, shape } = value;
  if (columns.length === 0) return { rows: "object", columns: [] };
  const isTable = shape.kind === "struct" && columns.every(({ nullCount }) => nullCount === 0);
  return isTable ? { rows: shape.form, columns: shape.fields } : { rows: "value", columns: [value] };
}

type DictionaryLayout = Layout & { readonly shape: { readonly kind: "dictionary" } };

function dictionaryLayouts(layouts: readonly Layout[]): DictionaryLayout[] {
  return layouts.flatMap((layout) => {
    const { shape } = layout;
    if (shape.kind === "dictionary") return [{ ...layout, shape }];
    return dictionaryLayouts(
      shape.kind === "list" ? [shape.item] : shape.kind === "struct" ? shape.fields : [],
    );
  });
}

class MessageWriter {
  readonly pieces: Uint8Array[] = [];
  #at = 0;

  bytes(bytes: Uint8Array): void {
    if (bytes.length > 0) this.pieces.push(bytes);
    this.#at += bytes.length;
  }

  /** A record batch, or the one of a dictionary. */
  batch(length: number, { nodes, buffers }: BatchWriter, dictionary: number | null): MessageBlock {
    const offset = this.#at;
    const places: [number, number][] = [];
    let bodyLength = 0;
    for (const buffer of buffers) {
      places.push([bodyLength, buffer.length]);
      bodyLength += Math.ceil(buffer.length / ALIGN) * ALIGN;
    }
    const batch = batchTable({ length, nodes, buffers: places });
    const head =
      dictionary === null
        ? writeMessage(batch, "batch", bodyLength)
        : writeMessage(table(i64(dictionary), batch, u8(0)), "dictionary", bodyLength);
    this.bytes(head);
    for (const buffer of buffers) {
      this.bytes(buffer);
      this.bytes(PADDING.subarray(0, (ALIGN - (buffer.length % ALIGN)) % ALIGN));
    }
    return { offset, metadataLength: head.length, bodyLength };
  }
}

const END = new Uint8Array(Uint32Array.of(CONTINUATION, 0).buffer);

function padded(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  result.set(bytes);
  return result;
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
