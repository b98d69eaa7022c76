/** The footer of an Arrow file: its schema and where its dictionaries and record batches lie. */
import type { ArrowSchema } from "./arrow-type.ts";
import { FlatTable } from "./flat-table.ts";
import { i16, structs, table, writeFlat } from "./flat-writer.ts";
import { readSchema, writeSchema } from "./schema.ts";

/** A message in a source. */
export interface MessageBlock {
  readonly offset: number;
  /** With the prefix before the metadata. */
  readonly metadataLength: number;
  readonly bodyLength: number;
}

export interface Footer {
  readonly schema: ArrowSchema;
  readonly dictionaries: readonly MessageBlock[];
  readonly batches: readonly MessageBlock[];
}

export function readFooter(bytes: Uint8Array): Footer {
  const footer = FlatTable.root(bytes);
  const schema = footer.table(1);
  if (schema === null) throw new RangeError("the footer has no schema");
  return { schema: readSchema(schema), dictionaries: blocks(footer, 2), batches: blocks(footer, 3) };
}

function blocks(footer: FlatTable, slot: number): MessageBlock[] {
  return footer.structs(slot, 3).map(([offset, metadata, bodyLength]) => {
    // The metadata's length is an i32, followed by padding.
    const metadataLength = ((metadata % 2 ** 32) + 2 ** 32) % 2 ** 32;
    if (offset < 0 || metadataLength < 8 || bodyLength < 0) throw new RangeError("a block has no place");
    return { offset, metadataLength, bodyLength };
  });
}

export function writeFooter({ schema, dictionaries, batches }: Footer): Uint8Array {
  const entries = (list: readonly MessageBlock[]) =>
    structs(list.map(({ offset, metadataLength, bodyLength }) => [offset, metadataLength, bodyLength]));
  return writeFlat(table(i16(4), writeSchema(schema), entries(dictionaries), entries(batches)));
}
