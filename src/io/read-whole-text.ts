/** A file as one string, unpacked when it is compressed. */
import { readFileSync } from "node:fs";
import { openBytes } from "./byte-source.ts";
import { codecOf } from "./text-splits.ts";

const BLOCK = 1 << 20;

export function readWholeText(path: string): string {
  const codec = codecOf(path);
  if (codec === "none") return readFileSync(path, "utf8");
  const source = openBytes(path, codec, 0);
  try {
    const blocks: Buffer[] = [];
    for (let full = true; full; ) {
      const block = Buffer.allocUnsafe(BLOCK);
      const length = source.read(block);
      blocks.push(block.subarray(0, length));
      full = length === BLOCK;
    }
    return Buffer.concat(blocks).toString("utf8");
  } finally {
    source.close();
  }
}
