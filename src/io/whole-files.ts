/** Files that are a row each. */

import { GnistaError } from "../errors.ts";
import { openBytes } from "./byte-source.ts";
import { type Codec, codecOf } from "./codecs/codec.ts";
import type { FileEntry } from "./list-files.ts";

/** No partition has more bytes than this, unless a file has. */
const MOST = 128 << 20;
const BLOCK = 1 << 20;

/** Runs of files of about the same number of bytes: `minPartitions` of them, or more where they would be too large, but none without a file. */
export function planWholeFiles(files: readonly FileEntry[], minPartitions: number): string[][] {
  let bytesLeft = files.reduce((sum, { size }) => sum + size, 0);
  let groupsLeft = Math.min(files.length, Math.max(1, minPartitions, Math.ceil(bytesLeft / MOST)));
  const groups: string[][] = [];
  let group: string[] = [];
  let bytes = 0;
  files.forEach(({ path, size }, i) => {
    const filesLeft = files.length - i;
    const goal = Math.min(MOST, bytesLeft / groupsLeft);
    // Half of the file may go over the goal; and every group that is to come needs a file.
    const full = groupsLeft > 1 && (bytes + size / 2 > goal || filesLeft < groupsLeft);
    if (group.length > 0 && (full || bytes + size > MOST)) {
      groups.push(group);
      bytesLeft -= bytes;
      groupsLeft = Math.max(1, groupsLeft - 1);
      group = [];
      bytes = 0;
    }
    group.push(path);
    bytes += size;
  });
  if (group.length > 0) groups.push(group);
  return groups;
}

/** All bytes of a file, as they are or unpacked. */
export function readWhole(path: string, codec: Codec): Buffer {
  const source = openBytes(path, codec, 0);
  try {
    const blocks: Buffer[] = [];
    for (let full = true; full; ) {
      const block = Buffer.allocUnsafe(BLOCK);
      const length = source.read(block);
      blocks.push(block.subarray(0, length));
      full = length === BLOCK;
    }
    return Buffer.concat(blocks);
  } finally {
    source.close();
  }
}

/** The text of a file, unpacked when its name says that it is compressed. */
export function readWholeText(path: string): string {
  const bytes = readWhole(path, codecOf(path));
  try {
    return bytes.toString("utf8");
  } catch (error) {
    throw new GnistaError(
      "UNSUPPORTED_OPERATION",
      `${path} has ${bytes.length} bytes of text, more than a string can hold; read it by lines, with textFile`,
      { file: path },
      error,
    );
  }
}
