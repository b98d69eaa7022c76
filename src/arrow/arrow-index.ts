/**
 * Where the messages of Arrow data lie, without reading their bodies: from the footer of a file, or by walking through a stream. Nothing
 * may be cut off or left over.
 */
import type { ArrowField, ArrowSchema } from "./arrow-type.ts";
import { corruptArrow, type SourceName, unsupportedArrow } from "./corrupt.ts";
import { type MessageBlock, readFooter } from "./footer.ts";
import { type ArrowMessage, CONTINUATION, checked, readMessage } from "./message.ts";

/** Bytes that are read piece by piece. */
export interface ByteRange {
  readonly name: SourceName;
  readonly size: number;
  read(at: number, length: number): Uint8Array;
}

export type IndexedBlock = MessageBlock &
  (
    | { readonly kind: "batch" }
    /** A delta is added to what came before it; another dictionary takes its place. */
    | { readonly kind: "dictionary"; readonly id: number; readonly delta: boolean }
  );

export interface ArrowIndex {
  readonly schema: ArrowSchema;
  /** In the order in which they must be read. */
  readonly blocks: readonly IndexedBlock[];
}

export const MAGIC = Uint8Array.from("ARROW1", (c) => c.charCodeAt(0));

export function byteRange(bytes: Uint8Array): ByteRange {
  return { name: null, size: bytes.length, read: (at, length) => bytes.subarray(at, at + length) };
}

export function indexArrow(source: ByteRange): ArrowIndex {
  const isFile = source.size >= MAGIC.length && isMagic(source.read(0, MAGIC.length));
  const index = isFile ? indexFile(source) : indexStream(source);
  checkFields(index.schema.fields, source.name, "the table");
  return index;
}

/** Fields have types that columns have, and names that tell them apart as keys of an object. */
function checkFields(fields: readonly ArrowField[], source: SourceName, owner: string): void {
  const names = new Set<string>();
  for (const { name, type, children } of fields) {
    if (type.kind === "unsupported")
      throw unsupportedArrow(
        source,
        `the column ${JSON.stringify(name)} of ${owner} has the type ${type.name}; cast it (to a number, a string, a timestamp) or leave it out`,
      );
    checkFields(children, source, JSON.stringify(name));
    if (names.has(name) || name === "__proto__")
      throw unsupportedArrow(
        source,
        `${owner} ${name === "__proto__" ? "has a column" : "has two columns"} named ${JSON.stringify(name)}, which cannot be keys of one object; rename it`,
      );
    names.add(name);
  }
}

function isMagic(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

function indexFile(source: ByteRange): ArrowIndex {
  const { name, size } = source;
  const end = size - MAGIC.length - 4;
  if (end < 8 || !isMagic(source.read(end + 4, MAGIC.length)))
    throw corruptArrow(name, size, "the file is cut off, as it does not end with ARROW1");
  const length = u32(source.read(end, 4));
  if (length > end - 8)
    throw corruptArrow(name, end, `its footer of ${length} bytes is longer than the file`);
  const { schema, dictionaries, batches } = checked(name, end - length, () => {
    return readFooter(source.read(end - length, length));
  });
  for (const { offset, metadataLength, bodyLength } of [...dictionaries, ...batches])
    if (offset + metadataLength + bodyLength > end - length)
      throw corruptArrow(name, offset, "a batch ends outside of the file");
  const ids = new Set<number>();
  const described = dictionaries.map((block): IndexedBlock => {
    const message = messageAt(source, block);
    if (message.kind !== "dictionary")
      throw corruptArrow(name, block.offset, `there should be a dictionary, but there is a ${message.kind}`);
    const { id, delta } = message;
    if (ids.has(id) && !delta)
      throw corruptArrow(name, block.offset, `a file may not replace a dictionary, but has two of id ${id}`);
    ids.add(id);
    return { ...block, kind: "dictionary", id, delta };
  });
  return {
    schema,
    blocks: [...described, ...batches.map((block): IndexedBlock => ({ ...block, kind: "batch" }))],
  };
}

function indexStream(source: ByteRange): ArrowIndex {
  const { name, size } = source;
  const blocks: IndexedBlock[] = [];
  let schema: ArrowSchema | null = null;
  let offset = 0;
  while (offset < size) {
    const head = readHead(source, offset);
    if (head.metadataLength === head.prefix) {
      if (offset + head.prefix !== size)
        throw corruptArrow(name, offset, `${size - offset - head.prefix} bytes follow the end of the stream`);
      break;
    }
    const message = messageAt(source, { offset, metadataLength: head.metadataLength });
    if ((message.kind === "schema") !== (schema === null))
      throw corruptArrow(
        name,
        offset,
        schema === null ? "a stream begins with its schema" : "a stream has one schema",
      );
    const { metadataLength } = head;
    const { bodyLength } = message;
    if (message.kind === "schema") schema = message.schema;
    else if (message.kind === "batch") blocks.push({ kind: "batch", offset, metadataLength, bodyLength });
    else {
      const { id, delta } = message;
      blocks.push({ kind: "dictionary", id, delta, offset, metadataLength, bodyLength });
    }
    offset += metadataLength + bodyLength;
    if (offset > size) throw corruptArrow(name, size, "the stream is cut off inside of a batch");
  }
  if (schema === null) throw corruptArrow(name, 0, "there is no schema");
  return { schema, blocks };
}

/** The lengths of a message's prefix, and of prefix and metadata together. */
function readHead(
  source: ByteRange,
  offset: number,
): { readonly prefix: number; readonly metadataLength: number } {
  const { name, size } = source;
  const bytes = source.read(offset, Math.min(8, size - offset));
  if (bytes.length < 4)
    throw corruptArrow(name, offset, "the stream is cut off inside of a message's length");
  const first = u32(bytes);
  if (first !== CONTINUATION) return { prefix: 4, metadataLength: 4 + within(source, offset, first) };
  if (bytes.length < 8)
    throw corruptArrow(name, offset, "the stream is cut off inside of a message's length");
  return { prefix: 8, metadataLength: 8 + within(source, offset, u32(bytes.subarray(4))) };
}

function within({ name, size }: ByteRange, offset: number, length: number): number {
  if (offset + length > size)
    throw corruptArrow(
      name,
      offset,
      `a message's metadata of ${length} bytes is cut off, or this is no Arrow data`,
    );
  return length;
}

/** The message of a block, whose body is read apart from it. */
export function messageAt(
  source: ByteRange,
  { offset, metadataLength }: Omit<MessageBlock, "bodyLength">,
): ArrowMessage {
  const bytes = source.read(offset, metadataLength);
  const prefix = bytes.length >= 8 && u32(bytes) === CONTINUATION ? 8 : 4;
  if (bytes.length < metadataLength) throw corruptArrow(source.name, offset, "a message is cut off");
  return readMessage(bytes.subarray(prefix), source.name, offset);
}

function u32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
}
