/** The bytes of a file from some position on, unpacked when the codec says so: filled into the caller's buffers, at no copy for plain files. */
import { closeSync, readSync } from "node:fs";
import { GnistaError } from "../errors.ts";
import type { Codec } from "./codecs/codec.ts";
import { type Unpacked, unpackStream } from "./codecs/unpack.ts";
import { openInput } from "./open-input.ts";

export type ByteSource = Unpacked;

export function openBytes(path: string, codec: Codec, start: number): ByteSource {
  return codec === "none" ? plainBytes(path, start) : unpackedBytes(path, codec);
}

function plainBytes(path: string, start: number): ByteSource {
  const file = openInput(path);
  let position = start;
  return {
    read(target) {
      let filled = 0;
      while (filled < target.length) {
        const length = readSync(file, target, filled, target.length - filled, position);
        if (length === 0) break;
        filled += length;
        position += length;
      }
      return filled;
    },
    close: () => closeSync(file),
  };
}

const PACKED_BLOCK = 1 << 18;

/** A block of the file at a time, so that memory stays bounded. */
function unpackedBytes(path: string, codec: Exclude<Codec, "none">): ByteSource {
  const file = openInput(path);
  let position = 0;
  let source: ByteSource;
  try {
    source = unpackStream(codec, () => {
      const block = new Uint8Array(PACKED_BLOCK);
      const length = readSync(file, block, 0, block.length, position);
      position += length;
      return block.subarray(0, length);
    });
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return {
    read(target) {
      try {
        return source.read(target);
      } catch (error) {
        if (GnistaError.is(error) || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
        throw new GnistaError(
          "CORRUPT_INPUT",
          `${path} is truncated or corrupt before byte ${position}: ${(error as Error).message}`,
          { file: path, offset: position },
        );
      }
    },
    close() {
      closeSync(file);
      source.close();
    },
  };
}
