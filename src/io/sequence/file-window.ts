/** A file read forward through a window of memory, which grows to whatever must be seen at once. */
import { Buffer } from "node:buffer";
import { closeSync, fstatSync, readSync } from "node:fs";
import { openInput } from "../open-input.ts";

const BLOCK = 1 << 20;

export class FileWindow {
  readonly size: number;
  readonly #file: number;
  #bytes: Buffer = Buffer.alloc(0);
  /** In the file, of the window's first byte. */
  #start = 0;
  #at = 0;

  constructor(path: string) {
    this.#file = openInput(path);
    this.size = fstatSync(this.#file).size;
  }

  /** In the file, of what is read next. */
  get position(): number {
    return this.#start + this.#at;
  }

  get left(): number {
    return this.size - this.position;
  }

  seek(position: number): void {
    if (position >= this.#start && position <= this.#start + this.#bytes.length)
      this.#at = position - this.#start;
    else {
      this.#start = position;
      this.#bytes = Buffer.alloc(0);
      this.#at = 0;
    }
  }

  /** The next bytes, without going on; fewer at the file's end. Valid until what they lie in is left behind. */
  peek(length: number): Buffer {
    if (this.#bytes.length - this.#at < length) this.#fill(length);
    return this.#bytes.subarray(this.#at, this.#at + length);
  }

  skip(length: number): void {
    this.#at += length;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Keeps what is not read yet. A new buffer, as others may look into the old one. */
  #fill(length: number): void {
    const kept = this.#bytes.subarray(this.#at);
    const from = this.#start + this.#bytes.length;
    const wanted = Math.max(0, Math.min(this.size - from, Math.max(length, BLOCK) - kept.length));
    const grown = Buffer.allocUnsafe(kept.length + wanted);
    kept.copy(grown);
    let filled = kept.length;
    while (filled < grown.length) {
      const got = readSync(
        this.#file,
        grown,
        filled,
        Math.min(grown.length - filled, 1 << 30),
        from + filled - kept.length,
      );
      if (got === 0) break;
      filled += got;
    }
    this.#start += this.#at;
    this.#at = 0;
    this.#bytes = grown.subarray(0, filled);
  }
}
