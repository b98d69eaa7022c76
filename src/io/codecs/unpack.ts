/** Bytes out of what a codec packed. What is damaged or cut off throws. */
import { Buffer } from "node:buffer";
import zlib from "node:zlib";
import { bunzip2, type NextBytes } from "./bunzip2.ts";
import type { Codec } from "./codec.ts";
import { unpackBlocks } from "./hadoop-blocks.ts";
import { needsZstd, ZlibStream } from "./zlib-stream.ts";

export interface Unpacked {
  /** Fills as much of `target` as there is; less only at the end. */
  read(target: Uint8Array): number;
  close(): void;
}

/** Step by step; several streams one after the other count as one, as Hadoop takes them. */
export function unpackStream(codec: Exclude<Codec, "none">, next: NextBytes): Unpacked {
  switch (codec) {
    case "bzip2":
      return blockwise(bunzip2(next));
    case "snappy":
    case "lz4":
      return blockwise(unpackBlocks(codec, next));
    default:
      return zlibwise(new ZlibStream(codec, "unpack"), next);
  }
}

function blockwise(blocks: Generator<Uint8Array>): Unpacked {
  let block: Uint8Array = new Uint8Array(0);
  let at = 0;
  return {
    read(target) {
      let filled = 0;
      while (filled < target.length) {
        if (at === block.length) {
          const step = blocks.next();
          if (step.done === true) break;
          block = step.value;
          at = 0;
        }
        const piece = block.subarray(at, at + target.length - filled);
        target.set(piece, filled);
        filled += piece.length;
        at += piece.length;
      }
      return filled;
    },
    close: () => void blocks.return(undefined),
  };
}

function zlibwise(stream: ZlibStream, next: NextBytes): Unpacked {
  let input: Uint8Array = new Uint8Array(0);
  let ended = false;
  let done = false;
  return {
    read(target) {
      let filled = 0;
      while (filled < target.length && !done) {
        if (input.length === 0 && !ended) {
          input = next();
          ended = input.length === 0;
        }
        const room = target.length - filled;
        const { taken, made } = stream.step(input, target.subarray(filled), ended);
        input = input.subarray(taken);
        filled += made;
        if (ended) done = made < room;
        else if (input.length > 0 && made < room) afterEnd(stream, taken + made > 0);
      }
      return filled;
    },
    close: () => stream.close(),
  };

  /** A stream ended, and more follows it. */
  function afterEnd(of: ZlibStream, moved: boolean): void {
    if (of.codec === "deflate") of.reset();
    else if (of.codec === "gzip") {
      // Node takes a member that follows by itself and stops at zeros, which pad files to whole blocks of a tape.
      for (; !ended; ended = input.length === 0) {
        if (input.some((byte) => byte !== 0)) throw new Error("what follows the gzip member is none");
        input = next();
      }
      done = true;
    } else if (!moved) throw new Error("what follows the zstd frame is none");
  }
}

/** All at once: one stream, and nothing after it. */
export function unpackWhole(codec: Codec, bytes: Uint8Array): Uint8Array {
  needsZstd(codec);
  switch (codec) {
    case "none":
      return bytes;
    case "deflate":
      return entirely(bytes, zlib.inflateSync);
    case "gzip":
      return entirely(bytes, zlib.gunzipSync);
    default: {
      let given = false;
      const next = (): Uint8Array => {
        if (given) return new Uint8Array(0);
        given = true;
        return bytes;
      };
      if (codec === "zstd") return all(unpackStream(codec, next));
      return Buffer.concat([...(codec === "bzip2" ? bunzip2(next) : unpackBlocks(codec, next))]);
    }
  }
}

/** Node leaves out what follows the stream. */
function entirely(bytes: Uint8Array, unpack: typeof zlib.inflateSync): Uint8Array {
  const { buffer, engine } = unpack(bytes, { info: true }) as unknown as {
    readonly buffer: Uint8Array;
    readonly engine: { readonly bytesWritten: number };
  };
  if (engine.bytesWritten !== bytes.length)
    throw new Error("something follows the end of what was compressed");
  return buffer;
}

function all(source: Unpacked): Uint8Array {
  const pieces: Uint8Array[] = [];
  try {
    for (;;) {
      const piece = new Uint8Array(1 << 18);
      const length = source.read(piece);
      pieces.push(piece.subarray(0, length));
      if (length < piece.length) return Buffer.concat(pieces);
    }
  } finally {
    source.close();
  }
}
