/**
 * Node's zlib step by step on the caller's thread, into the caller's buffers: the synchronous step under its streams, which its one-shot functions
 * are made of, so that memory stays bounded.
 */
// Not by name: Node before 22.15 has no zstd.
import zlib from "node:zlib";
import { GnistaError } from "../../errors.ts";

export type ZlibCodec = "deflate" | "gzip" | "zstd";

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
  reset(): void;
}

interface Internals {
  readonly _handle: Handle;
  /** [output bytes left free, input bytes left over] after a step. */
  readonly _writeState: Uint32Array;
  close(): void;
}

export class ZlibStream {
  readonly codec: ZlibCodec;
  readonly #stream: Internals;
  #failure: string | null = null;

  constructor(codec: ZlibCodec, direction: "pack" | "unpack") {
    needsZstd(codec);
    this.codec = codec;
    this.#stream = create(codec, direction) as unknown as Internals;
    this.#stream._handle.onerror = (message) => {
      this.#failure = message;
    };
  }

  /** Takes from `input` and fills `output` as far as it goes; with `last`, the input ends here. Throws when the input is damaged. */
  step(
    input: Uint8Array,
    output: Uint8Array,
    last: boolean,
  ): { readonly taken: number; readonly made: number } {
    const { constants } = zlib;
    const flush =
      this.codec === "zstd"
        ? last
          ? constants.ZSTD_e_end
          : constants.ZSTD_e_continue
        : last
          ? constants.Z_FINISH
          : constants.Z_NO_FLUSH;
    this.#stream._handle.writeSync(flush, input, 0, input.length, output, 0, output.length);
    if (this.#failure !== null) throw new Error(this.#failure);
    const [free, rest] = this.#stream._writeState;
    return { taken: input.length - rest, made: output.length - free };
  }

  /** For what follows the end of a packed stream. */
  reset(): void {
    this.#stream._handle.reset();
  }

  close(): void {
    this.#stream.close();
  }
}

function create(codec: ZlibCodec, direction: "pack" | "unpack"): unknown {
  switch (codec) {
    case "deflate":
      return direction === "pack" ? zlib.createDeflate() : zlib.createInflate();
    case "gzip":
      return direction === "pack" ? zlib.createGzip() : zlib.createGunzip();
    case "zstd":
      return direction === "pack" ? zlib.createZstdCompress(zstdOptions()) : zlib.createZstdDecompress();
  }
}

/** With a checksum, which zstd leaves out if not told. */
export function zstdOptions(): zlib.ZstdOptions {
  return { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } };
}

export function needsZstd(codec: string): void {
  if (codec === "zstd" && zlib.createZstdDecompress === undefined)
    throw new GnistaError(
      "MISSING_PACKAGE",
      `zstd needs Node 22.15 or newer, this is ${process.version}; use gzip`,
    );
}
