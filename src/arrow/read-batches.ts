/** The record batches of Arrow data as columns of rows, one after another; dictionaries are read on the way and stay. */
import type { Column } from "../column/column.ts";
import type { Compute } from "../kernels/compute.ts";
import type { Arena } from "../memory/arena.ts";
import { type ArrowIndex, type ByteRange, messageAt } from "./arrow-index.ts";
import { type ArrowField, dictionaryFields, type RowForm } from "./arrow-type.ts";
import { BatchBody } from "./body.ts";
import type { ColumnReader } from "./column-reader.ts";
import { corruptArrow } from "./corrupt.ts";
import { type Dictionary, withBatch } from "./dictionary.ts";
import { readArray, structOf } from "./read-column.ts";

export interface BatchArenas {
  /** For a batch: a column of its rows. */
  batch(): Arena;
  /** For a dictionary, which lives as long as the columns that refer to it. */
  dictionary(): Arena;
  /** Whether dictionaries live as long as any plan that reads them. */
  readonly lasting: boolean;
}

export function* readBatches(
  compute: Compute,
  source: ByteRange,
  { schema, blocks }: ArrowIndex,
  arenas: BatchArenas,
): Generator<Column> {
  const dictionaries = new Map<number, Dictionary>();
  const encoded = dictionaryFields(schema.fields);
  for (const block of blocks) {
    const { name } = source;
    const message = messageAt(source, block);
    const offset = block.offset + block.metadataLength;
    const bytes = source.read(offset, message.bodyLength);
    if (bytes.length < message.bodyLength) throw corruptArrow(name, offset, "a batch is cut off");
    if (message.kind === "schema" || message.kind !== block.kind)
      throw corruptArrow(
        name,
        block.offset,
        `there should be a ${block.kind}, but there is a ${message.kind}`,
      );
    const body = new BatchBody(message.batch, bytes, name, offset);
    const out = message.kind === "dictionary" ? arenas.dictionary() : arenas.batch();
    const reader: ColumnReader = { compute, body, dictionaries, out };
    if (message.kind === "dictionary") {
      const { id, delta } = message;
      const field = encoded.get(id);
      // No column has it.
      if (field === undefined) continue;
      const values = readArray(reader, { ...field, dictionary: null });
      body.end();
      dictionaries.set(id, withBatch(compute, dictionaries.get(id), values, delta, arenas.lasting, out));
    } else if (message.batch.length > 0) {
      const rows = readRows(reader, schema.fields, schema.rows);
      body.end();
      yield rows;
    }
  }
}

function readRows(r: ColumnReader, fields: readonly ArrowField[], form: RowForm): Column {
  const { length } = r.body;
  const columns = fields.map((field) => readArray(r, field));
  for (const [i, column] of columns.entries())
    if (column.length !== length)
      throw r.body.corrupt(`the column ${fields[i].name} has ${column.length} of ${length} rows`);
  if (form === "value") return columns[0];
  const rows = { length, segment: r.out.segment.id, validity: 0, nullCount: 0 };
  return structOf(rows, fields, columns, form === "tuple");
}
