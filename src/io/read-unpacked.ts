/** All bytes of a file, unpacked when its name says that it is compressed. */
import { openBytes } from "./byte-source.ts";
import { codecOf } from "./codecs/codec.ts";

const BLOCK = 1 << 20;

export function readUnpacked(path: string): Buffer {
  const source = openBytes(path, codecOf(path), 0);
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
