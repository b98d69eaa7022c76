/** The bytes of a file from some position on, inflated when the codec says so: filled into the caller's buffers, at no copy for plain files. */
import { closeSync, openSync, readSync } from "node:fs";
// Not by name: Node before 22.15 has no zstd.
import zlib from "node:zlib";
import { GnistaError } from "../errors.ts";
import type { Codec } from "./text-splits.ts";

export interface ByteSource {
  /** Fills as much of `target` as there is; less only at the end. */
  read(target: Uint8Array): number;
  close(): void;
}

export function openBytes(path: string, codec: Codec, start: number): ByteSource {
  return codec === "none" ? plainBytes(path, start) : inflatedBytes(path, codec);
}

function plainBytes(path: string, start: number): ByteSource {
  const file = openSync(path, "r");
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

const COMPRESSED_BLOCK = 1 << 18;

/** The synchronous step under Node's zlib streams, which its one-shot functions are made of. */
interface Handle {
  onerror: (message: string) => void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
}

interface Inflater {
  readonly _handle: Handle;
  /** [output bytes left free, input bytes left over] after a step. */
  readonly _writeState: Uint32Array;
  close(): void;
}

/** A block of the file at a time, so that memory stays bounded. */
function inflatedBytes(path: string, codec: "gzip" | "zstd"): ByteSource {
  if (codec === "zstd" && zlib.createZstdDecompress === undefined)
    throw new GnistaError(
      "MISSING_PACKAGE",
      `reading ${path} needs zstd, which Node has from 22.15 on; this is ${process.version}`,
      { file: path },
    );
  const stream = codec === "gzip" ? zlib.createGunzip() : zlib.createZstdDecompress();
  const inflater = stream as unknown as Inflater;
  const [step, finish] =
    codec === "gzip"
      ? [zlib.constants.Z_NO_FLUSH, zlib.constants.Z_FINISH]
      : [zlib.constants.ZSTD_e_continue, zlib.constants.ZSTD_e_end];
  const file = openSync(path, "r");
  const input = Buffer.allocUnsafe(COMPRESSED_BLOCK);
  let position = 0;
  let [at, left] = [0, 0];
  let ended = false;
  let failure: string | null = null;
  inflater._handle.onerror = (message) => {
    failure = message;
  };

  const refill = (): void => {
    left = readSync(file, input, 0, input.length, position);
    position += left;
    at = 0;
    ended = left < input.length;
  };

  return {
    read(target) {
      let filled = 0;
      while (filled < target.length) {
        if (left === 0 && !ended) refill();
        const before = filled;
        const room = target.length - filled;
        inflater._handle.writeSync(ended ? finish : step, input, at, left, target, filled, room);
        const [free, rest] = inflater._writeState;
        if (failure !== null)
          throw new GnistaError(
            "CORRUPT_INPUT",
            `${path} is truncated or corrupt at about byte ${position - left}: ${failure}`,
            { file: path, offset: position - left },
          );
        filled += room - free;
        at += left - rest;
        left = rest;
        if (ended && filled === before) break;
      }
      return filled;
    },
    close() {
      closeSync(file);
      inflater.close();
    },
  };
}
