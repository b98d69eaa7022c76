/** Numbers and strings out of bytes, as Java's DataInput and Hadoop's WritableUtils read them. Beyond the end is a RangeError. */
import type { Buffer } from "node:buffer";

export class DataInput {
  bytes: Buffer;
  at: number;
  /** No length reaches beyond it. */
  end: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
  }

  /** Goes on with a part of `bytes`. */
  move(bytes: Buffer, at: number, end: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    return this.bytes.readInt8(this.at++);
  }

  short(): number {
    return this.bytes.readInt16BE((this.at += 2) - 2);
  }

  char(): number {
    return this.bytes.readUInt16BE((this.at += 2) - 2);
  }

  int(): number {
    return this.bytes.readInt32BE((this.at += 4) - 4);
  }

  long(): bigint {
    return this.bytes.readBigInt64BE((this.at += 8) - 8);
  }

  float(): number {
    return this.bytes.readFloatBE((this.at += 4) - 4);
  }

  double(): number {
    return this.bytes.readDoubleBE((this.at += 8) - 8);
  }

  vint(): number {
    const first = this.byte();
    if (first >= -112) return first;
    const value = this.#rest(first);
    if (value !== BigInt.asIntN(32, value)) throw new RangeError("an integer of variable length is too long");
    return Number(value);
  }

  vlong(): bigint {
    const first = this.byte();
    return first >= -112 ? BigInt(first) : this.#rest(first);
  }

  /** After the first byte, which says the sign and how many follow. */
  #rest(first: number): bigint {
    const negative = first < -120;
    let value = 0n;
    for (let left = negative ? -120 - first : -112 - first; left > 0; left--)
      value = (value << 8n) | BigInt(this.bytes.readUInt8(this.at++));
    return BigInt.asIntN(64, negative ? ~value : value);
  }

  /** A count of things of at least `size` bytes each. */
  count(size: number): number {
    return this.#checked(this.int(), size);
  }

  text(): string {
    const length = this.#checked(this.vint(), 1);
    return this.bytes.toString("utf8", this.at, (this.at += length));
  }

  /** Java's writeUTF, for names in ASCII. */
  utf(): string {
    const length = this.#checked(this.char(), 1);
    return this.bytes.toString("utf8", this.at, (this.at += length));
  }

  skip(length: number): void {
    this.at += this.#checked(length, 1);
  }

  /** Not copied. */
  slice(length: number): Buffer {
    this.#checked(length, 1);
    return this.bytes.subarray(this.at, (this.at += length));
  }

  #checked(count: number, size: number): number {
    if (count < 0 || count * size > this.end - this.at)
      throw new RangeError(`a length of ${count} reaches beyond the end`);
    return count;
  }
}
